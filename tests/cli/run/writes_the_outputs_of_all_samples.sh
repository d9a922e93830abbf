mlopt run "$testdata/digits-cnn.onnx" --data "$testdata/digits-calibration.npz" --samples 0:8 -o out.npz --engine reference
mlopt run "$testdata/digits-cnn.onnx" --data "$testdata/digits-calibration.npz" --samples 0:8 -o two.npz --engine reference --threads 3 --batch 3
cmp out.npz two.npz
ls -A
