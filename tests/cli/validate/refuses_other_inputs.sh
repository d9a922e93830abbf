. "$here/models.lib"
cat >two.onnxtxt <<EOF
<ir_version: 8, opset_import: ["" : 17]>
two (float[N,1,8,8] image, float[N] more) => (float[N,1,8,8] logits)
{ logits = Identity (image) }
EOF
mlopt validate "$digits" two.onnxtxt --data "$samples"
