cat >id.onnxtxt <<"."
<ir_version: 8, opset_import: ["" : 17]>
id (float[N,1,8,8] image) => (float[N,1,8,8] same) { same = Identity (image) }
.
mkdir -p m/test_data_set_0
sed 's/Identity/Neg/' id.onnxtxt >m/model.onnxtxt
mlopt run id.onnxtxt --data random:2 -o m/test_data_set_0/input_0.pb
mlopt run m/model.onnxtxt --data random:2 -o m/test_data_set_0/output_0.pb
mlopt test --shapes m --json
