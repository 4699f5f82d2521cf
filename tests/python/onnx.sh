# The encoder as an ONNX file gives the tools' codes and labels, whatever the number of images.
. "$srcdir/tests/tap.sh"
need_python numpy torch onnxscript onnxruntime
PYTHONPATH=$srcdir/python PYTHONDONTWRITEBYTECODE=1
export PYTHONPATH PYTHONDONTWRITEBYTECODE
"$builddir/tests/score/inputs" "$work" || exit 99
cd "$work" || exit 99
pg-train -q -j 1 -e 1 --prior categorical:3 --set normalize=contrast --set features=4 --set blocks=1 \
    --set encoder_features=4 --set hidden=16 --set batch=20 -o contrast.safetensors colour.npy

for model in classes digits plane space contrast; do
    images=test.npy
    [ $model != contrast ] || images=colour.npy
    pg-encode -q -m $model.safetensors $images >codes.npy
    pg-classify -q -m $model.safetensors $images >labels.tsv 2>/dev/null
    ok "$model: export" "$python" -m pixelgan export-onnx $model.safetensors $model.onnx
    ok "$model: codes and labels" "$python" - $model $images <<'PYTHON'
import sys
import numpy as np
import onnxruntime
import pixelgan

name, images = sys.argv[1:]
image, codes = pixelgan.read(images)['image'], pixelgan.read('codes.npy')['code']
model = pixelgan.load(name + '.safetensors')
session = onnxruntime.InferenceSession(name + '.onnx')
assert session.get_modelmeta().custom_metadata_map['prior'] == model.metadata['prior']
for count in (len(image), 1, 3):
    code, *labels = session.run(None, {'image': image[:count]})
    assert abs(code - codes[:count]).max() <= 1e-4, abs(code - codes[:count]).max()
assert bool(labels) == (name == 'classes')
if labels:
    expected = model.labels()[codes.argmax(1)]
    assert (session.run(['label'], {'image': image})[0] == expected).all()
PYTHON
done
PATH_OF_MODULE=$srcdir/python/pixelgan.py
"$python" "$PATH_OF_MODULE" export-onnx none.safetensors none.onnx 2>err
is "$? $(cat err)" "1 pixelgan: none.safetensors: has no encoder (prior none)" "a model without encoder"
"$python" "$PATH_OF_MODULE" export-onnx missing.safetensors none.onnx 2>err
like "$? $(cat err)" "^1 pixelgan: .*No such file" "no such model"
"$python" "$PATH_OF_MODULE" export-onnx digits.safetensors missing/none.onnx 2>err
like "$? $(tail -n 1 err)" "^1 pixelgan: .*missing" "no such folder"
"$python" "$PATH_OF_MODULE" export-onnx digits.safetensors 2>err
is "$?" 2 "a usage error"
ok "nothing is left" test ! -e none.onnx
done_testing
