# Decibels on digits-cnn with a method and without it: what it brings must be
# there.  The least gains are about half of those measured.
model=$testdata/digits-cnn.onnx
data="--data $testdata/digits-calibration.npz"

decibels() {
	command=$1
	shift
	mlopt "$command" "$model" -o a.onnx -q --threads 1 "$@"
	mlopt validate "$model" a.onnx --data "$testdata/digits-test.npz" \
		--samples ::5 --no-latency -q --threads 1 --json >report || :
	grep -o '"sqnr_db": *[-0-9.]*' report | head -n 1 | grep -o '[-0-9.]*$'
}

method() {
	cat >"$1.yaml" <<YAML
schema: 1
overrides:
  - pattern: "."
    method: $1
YAML
}

# WHAT, the least GAIN, dB WITH and WITHOUT
pays() {
	awk -v what="$1" -v least="$2" -v with="$3" -v without="$4" 'BEGIN {
		if (with - without >= least)
			print what, "pays"
		else
			print what, "brings", with - without, "dB:", with,
				"instead of", without
	}'
}

for m in nearest feedback repair; do method $m; done
three="--scheme auto --bits 3 $data"
nearest=$(decibels quantize $three --overrides nearest.yaml)
feedback=$(decibels quantize $three --overrides feedback.yaml)
repair=$(decibels quantize $three --overrides repair.yaml)
pays 'error feedback of 3 bits' 1.8 "$feedback" "$nearest"
pays 'repair of 3 bits' 1.6 "$repair" "$feedback"
# 16.1; without turns of codes and scales 15.2, without trying each kind of
# levels to the end 15.2.
pays 'refining and choosing by what is left' 0 "$repair" 15.6
pays 'a choice of levels beside linear ones' 0.7 "$repair" \
	"$(decibels quantize --bits 3 --activations float $data)"
pays 'a choice of levels beside powers of two' 0.6 "$repair" \
	"$(decibels quantize --scheme log --base 2 --bits 3 $data)"

int8=$(decibels quantize $data)
pays 'error feedback of 8 bits' 0.2 "$int8" \
	"$(decibels quantize $data --no-feedback)"
pays 'the range of least error' 0.2 "$int8" \
	"$(decibels quantize $data --ranges minmax)"
pays 'a scale for each channel' 0.5 "$int8" \
	"$(decibels quantize $data --granularity tensor)"

for p in '--sparsity 0.5' '--pattern 2:4'; do
	pays "refit of $p" 1.5 "$(decibels prune $p $data)" \
		"$(decibels prune $p $data --no-refit)"
done
for p in '--sparsity 0.5' '--pattern 2:4' \
	'--pattern structured --sparsity 0.25'; do
	pays "repair of $p" 3 "$(decibels prune $p $data)" \
		"$(decibels prune $p)"
done
