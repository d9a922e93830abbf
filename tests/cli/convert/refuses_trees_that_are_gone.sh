cat >old.onnxtxt <<"."
<ir_version: 8, opset_import: ["" : 15, "ai.onnx.ml" : 4]>
g (float[N,2] x, string[N] i) => (float[N,1] y, float[N] z)
{
   y = ai.onnx.ml.TreeEnsembleRegressor <n_targets = 1, nodes_modes = ["LEAF"], nodes_treeids = [0], nodes_nodeids = [0], nodes_featureids = [0], nodes_values = [0.0], nodes_truenodeids = [0], nodes_falsenodeids = [0], target_treeids = [0], target_nodeids = [0], target_ids = [0], target_weights = [1.5]> (x)
   z = ai.onnx.ml.LabelEncoder <keys_strings = ["a"], values_floats = [1.5]> (i)
}
.
mlopt convert --opset ai.onnx.ml=1 old.onnxtxt -o new.onnxtxt || test $? -eq 4
mlopt convert --opset x=1 old.onnxtxt -o new.onnxtxt || test $? -eq 2
mlopt convert --opset ai.onnx.ml=6 old.onnxtxt -o new.onnxtxt || test $? -eq 4
mlopt convert --opset ai.onnx.ml=5 old.onnxtxt -o new.onnxtxt
