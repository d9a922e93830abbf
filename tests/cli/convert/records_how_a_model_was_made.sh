mlopt convert --threads 2 --dim N=3 "$testdata/digits-cnn.onnx" -o o.onnxtxt
sed -n "s/.*metadata_props/metadata_props/p" o.onnxtxt
mlopt convert o.onnxtxt --dim N=3 -o p.onnxtxt 2>&1 || echo no N is left
