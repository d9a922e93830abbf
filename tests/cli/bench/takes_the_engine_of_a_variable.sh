for engine in blas reference
do
	MLOPT_ENGINE=$engine mlopt bench --json --seconds 0.01 \
		"$testdata/digits-cnn.onnx" | grep -o '"engine": *"[a-z]*"'
done
MLOPT_ENGINE=blas mlopt bench --json --seconds 0.01 --engine=reference \
	"$testdata/digits-cnn.onnx" | grep -o '"engine": *"[a-z]*"'
# What cannot tell that memory is exhausted is not the default then.
env -u MLOPT_ENGINE mlopt bench --json --seconds 0.01 --max-memory 64M \
	"$testdata/digits-cnn.onnx" | grep -o '"engine": *"[a-z]*"'
# An empty one is none.
MLOPT_ENGINE= mlopt bench -q --seconds 0.01 --max-memory 64M "$testdata/digits-cnn.onnx"
MLOPT_ENGINE=fast mlopt bench --seconds 0.01 "$testdata/digits-cnn.onnx"
