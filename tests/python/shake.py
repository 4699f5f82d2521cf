"""Makes every number of a model count: shake.py MODEL adds noise to all of its tensors, so that
none is as training begins with, and that of a layer left out would be seen."""
import json
import sys

import numpy as np

with open(sys.argv[1], 'rb') as file:
    data = bytearray(file.read())
start = 8 + int.from_bytes(data[:8], 'little')
random = np.random.default_rng(1)
for name, entry in json.loads(data[8:start]).items():
    if name == '__metadata__':
        continue
    begin, end = (start + offset for offset in entry['data_offsets'])
    values = np.frombuffer(data, '<f4', (end - begin) // 4, begin)
    spread = max(float(values.std()), 0.05)
    values += (random.normal(size=values.size) * spread / 2).astype('f4')
    if name.endswith(('variance', 'deviation')):
        values[:] = np.abs(values) + 0.1
with open(sys.argv[1], 'wb') as file:
    file.write(data)
