"""Writes reference.safetensors with the reference implementation (pip: safetensors 0.8, numpy, ml_dtypes).

Run: python make_safetensors.py, in this folder. The values are those that safetensors_test.ts expects.
"""

import ml_dtypes
import numpy
from safetensors import TensorSpec, serialize_file

numbers = (numpy.arange(6, dtype=numpy.float32) - 2.5) / 3
tensors = {
    "layer1.0.conv1.weight": ("float32", numbers.reshape(2, 3)),
    "half": ("float16", numpy.array([1 / 3, -65504, 6e-8, 0, -0.0], dtype=numpy.float16)),
    "brain": ("bfloat16", numpy.array([1 / 3, -3e38, 1e-40], dtype=ml_dtypes.bfloat16)),
    "bn1.num_batches_tracked": ("int64", numpy.array(-(2**62) - 1, dtype=numpy.int64)),
    "empty": ("float32", numpy.zeros((0, 4), dtype=numpy.float32)),
}


def write(path, names, metadata):
    specs = {}
    for name in names:
        dtype, array = tensors[name]
        specs[name] = TensorSpec(dtype=dtype, shape=list(array.shape), data_ptr=array.ctypes.data, data_len=array.nbytes)
    serialize_file(specs, path, metadata)


write("reference.safetensors", tensors, {"title": 'quotes " and \\ and ü'})
# Only what the writer writes, to compare bytes.
write("reference_f32.safetensors", ["layer1.0.conv1.weight", "bn1.num_batches_tracked", "empty"], {"title": "weights"})
