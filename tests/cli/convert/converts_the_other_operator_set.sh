cat >old.onnxtxt <<"."
<ir_version: 8, opset_import: ["" : 15, "ai.onnx.ml" : 1]>
g (string[N] x, int64[N] i) => (int64[N] y, string[N] s)
{
   y = ai.onnx.ml.LabelEncoder <default_int64 = 7, classes_strings = ["a", "b"]> (x)
   s = ai.onnx.ml.LabelEncoder <classes_strings = ["a", "b"]> (i)
}
.
mlopt convert --no-provenance --opset ai.onnx.ml=4 --opset 16 old.onnxtxt -o new.onnxtxt
cat new.onnxtxt
mlopt convert --no-provenance --opset ai.onnx.ml=1 --opset ai.onnx=15 new.onnxtxt -o again.onnxtxt
mlopt convert --no-provenance old.onnxtxt -o same.onnxtxt
diff same.onnxtxt again.onnxtxt
mlopt run old.onnxtxt --data random:5 -o a.npz
mlopt run new.onnxtxt --data random:5 -o b.npz
cmp a.npz b.npz
