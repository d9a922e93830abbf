echo old >real.onnxtxt
chmod 640 real.onnxtxt
ln -s real.onnxtxt link.onnxtxt
mlopt convert "$testdata/digits-gru.onnx" -o link.onnxtxt
test -L link.onnxtxt
ls -l real.onnxtxt | cut -c 1-10
mlopt inspect real.onnxtxt | sed -n 2p
