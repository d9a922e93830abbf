# The reference's weights may be overridden, the candidate's are constants.
. "$here/models.lib"
model() { # INPUTS
	cat <<EOF
<ir_version: 8, opset_import: ["" : 17]>
flat ($1float[N,1,8,8] image) => (float[N,3] logits)
<float[64,3] w = {$(seq -s, 192)}>
{
   rows = Flatten (image)
   logits = MatMul (rows, w)
}
EOF
}
model 'float[64,3] w, ' >reference.onnxtxt
model '' >candidate.onnxtxt
for pair in 'reference candidate' 'candidate reference' 'reference reference'
do
	set -- $pair
	mlopt validate $1.onnxtxt $2.onnxtxt --data "$samples" --no-latency --engine=blas |
		grep verdict:
done
mlopt run reference.onnxtxt -q --data "$samples" -o a.npz
mlopt run candidate.onnxtxt -q --data "$samples" -o b.npz
cmp a.npz b.npz
