echo old >o.onnxtxt
ulimit -f 8 # blocks of 512 bytes
mlopt convert "$testdata/digits-cnn.onnx" -o o.onnxtxt || status=$?
ls -A
cat o.onnxtxt
exit $status
