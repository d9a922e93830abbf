# Four weights of the first product are gone; the second has codes in a table.
cat >was.onnxtxt <<'END'
<ir_version: 8, opset_import: ["" : 17]>
g (float[N,4] x) => (float[N,2] y)
<float[4,2] v = {1, -1, 0.5, 2, 3, 1, -2, 1}, float[2,2] w = {1, 2, -2, 0.7}>
{
   [first] h = MatMul (x, v)
   r = Relu (h)
   [second] y = MatMul (r, w)
}
END
cat >is.onnxtxt <<'END'
<ir_version: 8, opset_import: ["" : 17]>
g (float[N,4] x) => (float[N,2] y)
<float[4,2] v = {1, 0, 0, 2, 3, 0, -2, 0}, uint8[2,2] c = {1, 2, 0, 3},
 float[4] levels = {-2, 1, 2, 0.5}, float s = {1}>
{
   i = Cast <to = 6> (c)
   l = Gather (levels, i)
   w = Mul (l, s)
   [first] h = MatMul (x, v)
   r = Relu (h)
   [second] y = MatMul (r, w)
}
END
mlopt validate was.onnxtxt is.onnxtxt --data random:16 --ledger --json \
	--no-latency --seed 1 >report.json || test $? = 1
tr -d '\n ' <report.json | sed 's/.*"ledger"/"ledger"/; s/"accuracy".*//' |
	grep -o '"\(node\|cause\|places\|changed_sizes\|samples\)":"*[a-z0-9]*"*'
# With everything undone nothing is left.
tr -d '\n ' <report.json | grep -o '"cause":"rest","places":0,"sqnr_db":[^,]*,"share":[^}]*'
