# What pays most is there to be kept float, and then brings what was said.
model=$testdata/digits-cnn.onnx
data="--data $testdata/digits-calibration.npz --threads 1"

mlopt quantize "$model" -o a.onnx $data --scheme auto --bits 3 \
	--ledger >ledger
grep -o '^weights in tables of levels' ledger
name=$(sed -n "s/^what pays most: the weights of '\(.*\)' as float, .*/\1/p" \
	ledger)
dear=$(sed -n 's/^what pays most: .* -> \(.*\) dB$/\1/p' ledger)
mlopt quantize "$model" -o b.onnx $data --scheme auto --bits 3 \
	--keep "$name" --ledger | head -n 1 |
	awk -v said="$dear" '{ print($1 >= said - 1.5 ? "it pays" : $1 " " said) }'
