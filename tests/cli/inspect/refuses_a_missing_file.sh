mlopt inspect no.onnx
