"""Checks model files with the official checker and reference evaluator; writes checked_models.json.

Run: python check_models.py, in this folder (pip: onnx, numpy; Deno on the PATH). Each model must
pass onnx.checker with full shape inference, and onnx.reference must agree with ONNX Runtime.
checked_models.json then holds, per operator, a hash of the bytes that passed.
"""

import hashlib
import json
import os
import subprocess
import tempfile

import numpy
import onnx
from onnx.reference import ReferenceEvaluator
from onnx.reference.op_run import OpRun
from onnx.reference.ops.op_conv import Conv as PlainConv

dtypes = {"float32": numpy.float32, "int64": numpy.int64, "int32": numpy.int32, "uint8": numpy.uint8, "bool": numpy.bool_}

class FusedMatMul(OpRun):
    """ONNX Runtime's contrib operator, after its documentation."""

    op_domain = "com.microsoft"

    def _run(self, a, b, alpha=1.0, transA=0, transB=0, transBatchA=0, transBatchB=0):
        a = a.swapaxes(-2, -3) if transBatchA else a
        b = b.swapaxes(-2, -3) if transBatchB else b
        a = a.swapaxes(-1, -2) if transA else a
        b = b.swapaxes(-1, -2) if transB else b
        return ((numpy.float32(alpha) * (a @ b)).astype(a.dtype),)


class FusedConv(OpRun):
    """ONNX Runtime's contrib operator, after its documentation."""

    op_domain = "com.microsoft"

    def _run(self, x, w, bias, z, activation=None, **window):
        y = PlainConv.eval(x, w, bias, **{key: value for key, value in window.items() if value is not None}) + z
        return ((numpy.maximum(y, 0) if activation == "Relu" else y).astype(x.dtype),)


class ReorderInput(OpRun):
    """Of one pixel, whose channels stand in order in blocks of any length."""

    op_domain = "com.microsoft.nchwc"

    def _run(self, x):
        assert x.shape[2:] == (1, 1), x.shape
        return (x,)


class ReorderOutput(OpRun):
    """Of one pixel."""

    op_domain = "com.microsoft.nchwc"

    def _run(self, x, channels=None):
        assert x.shape[1:] == (channels, 1, 1), x.shape
        return (x,)


class Conv(OpRun):
    """Of one pixel and equal weights, which no order changes."""

    op_domain = "com.microsoft.nchwc"

    def _run(self, x, w, bias=None, z=None, activation=None, activation_params=None, **window):
        assert x.shape[2:] == (1, 1) and (w == w.flat[0]).all()
        y = PlainConv.eval(x, w, bias, **{key: value for key, value in window.items() if value is not None})
        y = y if z is None else y + z
        if activation == "HardSigmoid":
            y = numpy.clip(activation_params[0] * y + activation_params[1], 0, 1)
        return (y.astype(x.dtype),)


class MaxPool(OpRun):
    """Of one pixel: itself."""

    op_domain = "com.microsoft.nchwc"

    def _run(self, x, **window):
        assert x.shape[2:] == (1, 1)
        return (x,)


def array(tensor):
    return numpy.array(tensor["data"], dtype=dtypes[tensor["dtype"]]).reshape(tensor["shape"])


def comparable_outputs(op, model):
    """Outputs that onnx.reference computes by the standard: two things it does not (onnx 1.23)."""
    names = [output.name for output in model.graph.output]
    if op == "MaxPool":
        pads = next(list(a.ints) for a in model.graph.node[0].attribute if a.name == "pads")
        half = len(pads) // 2
        # It counts indices in the padded input where the padding is asymmetric.
        return names if pads[:half] == pads[half:] else names[:1]
    if op == "Pad":
        pads = next(onnx.numpy_helper.to_array(t) for t in model.graph.initializer)
        # It refuses negative pads.
        return names if (pads >= 0).all() else []
    return names


hashes = {}
agreed = 0
with tempfile.TemporaryDirectory() as folder:
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "write_models.ts")
    subprocess.run(["deno", "run", "-A", script, folder], check=True)
    with open(os.path.join(folder, "index.json")) as file:
        index = json.load(file)
    for entry in index:
        path = os.path.join(folder, entry["file"])
        model = onnx.load(path)
        onnx.checker.check_model(model, full_check=True)
        inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
        expected = [(o.name, [d.dim_value for d in o.type.tensor_type.shape.dim]) for o in model.graph.output]
        if entry["op"] == "exported":
            assert {p.key: p.value for p in model.metadata_props} == {"classes": "Hund\nKatze", "preprocess": "{}"}
            for value in [*model.graph.input, *model.graph.output]:
                assert value.type.tensor_type.shape.dim[0].dim_param == "batch", value
        else:
            for name, shape in expected:
                assert entry["outputs"][name]["shape"] == shape, (entry["op"], shape)
        evaluator = ReferenceEvaluator(inferred, new_ops=[FusedMatMul, FusedConv, ReorderInput, ReorderOutput, Conv, MaxPool])
        feeds = {name: array(tensor) for name, tensor in entry["feeds"].items()}
        compared = comparable_outputs(entry["op"], model)
        if compared:
            results = dict(zip(evaluator.output_names, evaluator.run(None, feeds)))
        for name in compared:
            numpy.testing.assert_allclose(results[name], array(entry["outputs"][name]), rtol=1e-4, atol=1e-4)
        agreed += len(compared) == len(expected)
        hashes.setdefault(entry["op"], hashlib.sha256()).update(entry["hash"].encode())

with open("checked_models.json", "w") as file:
    content = {"checker": f"onnx {onnx.__version__}", "models": len(index), "operators": {op: h.hexdigest() for op, h in hashes.items()}}
    json.dump(content, file, indent=2)
    file.write("\n")
print(len(index), "models accepted;", agreed, "agree with the reference evaluator in all outputs")
