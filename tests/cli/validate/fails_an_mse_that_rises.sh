. "$here/models.lib"
grid x 'float[N,8,8]' label.onnxtxt 'half_x = Mul (x, half)
   y = Add (half_x, half)'
sed -i 's/ x)$/ y)/' label.onnxtxt
mlopt run -q label.onnxtxt --data "$samples" -o x.npz
judge_grid 'y = Neg (x)' 'accuracy: {metric: mse, max_rise: 0.01}' x.npz
