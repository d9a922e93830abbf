cat >m.onnxtxt <<"."
<ir_version: 8, opset_import: ["" : 17]>
m (float[N,length] x) => (float[N,1] y)
<float[20,1] w = {1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1}> {
   y = MatMul (x, w)
}
.
mlopt bench --seconds=0 m.onnxtxt || echo "status $?"
macs()
{
	mlopt "$1" --json m.onnxtxt "$2" "$3" | sed -n 's/^ *"macs": \([0-9]*\).*/\1/p'
}
macs bench --dim=length=20 --batch=3
macs profile --dim=length=20 --batch=3
mlopt bench --seconds=0 --data "$testdata/digits-test.npz" --batch=2 --json \
	"$testdata/digits-cnn.onnx" | grep -c '"macs"'
