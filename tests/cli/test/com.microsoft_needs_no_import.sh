mkdir -p m/test_data_set_0
cat >m/model.onnxtxt <<"."
<ir_version: 8, opset_import: ["" : 17]>
scaled (float[1] x) => (float y) {
	y = com.microsoft.FusedMatMul <alpha = 2.0> (x, x)
}
.
# 2 * 1 * 1
printf '\010\001\020\001\112\004\000\000\200\077' >m/test_data_set_0/input_0.pb
printf '\020\001\112\004\000\000\000\100' >m/test_data_set_0/output_0.pb
mlopt test -v m
