cat >double.onnxtxt <<'EOF'
<ir_version: 9, opset_import: ["" : 20]>
g (string[N] x) => (string[N] y) { y = StringConcat (x, x) }
EOF
cat >is_double.onnxtxt <<'EOF'
<ir_version: 9, opset_import: ["" : 20]>
g (string[N] y) => (int64[N] ok)
{
   yes = RegexFullMatch <pattern = "aa|bb|cc|dd|ee|ff|gg|hh|ii|jj"> (y)
   ok = Cast <to = 7> (yes)
}
EOF
mlopt run double.onnxtxt --data random:5 --batch=2 -o a.npz
mlopt run double.onnxtxt --data random:5 --batch=5 -o b.npz
cmp a.npz b.npz
mlopt run is_double.onnxtxt --data a.npz -o ok.npy
tail -c 40 ok.npy | od -An -v -t d8 -w40
