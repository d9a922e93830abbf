for n in "a b.onnxtxt" "-x.onnxtxt" "a
b.onnxtxt"; do
	mlopt convert -o "./$n" -- "$testdata/digits-gru.onnx"
	mlopt inspect -- "$n" | head -n 1
done
