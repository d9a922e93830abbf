: >e.onnx; mlopt inspect e.onnx
