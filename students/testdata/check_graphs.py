"""Checks whole graphs of every student with the official ONNX checker, with full shape inference.

Run: python check_graphs.py, in this folder (pip: onnx; Deno on the PATH).
"""

import collections
import os
import subprocess
import tempfile

import onnx

domains = collections.Counter()
with tempfile.TemporaryDirectory() as folder:
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "write_graphs.ts")
    subprocess.run(["deno", "run", "-A", script, folder], check=True)
    files = sorted(os.listdir(folder))
    for name in files:
        path = os.path.join(folder, name)
        onnx.checker.check_model(path, full_check=True)
        model = onnx.load(path)
        used = {node.domain for node in model.graph.node}
        assert used <= {entry.domain for entry in model.opset_import}, name
        domains.update(used)
        if name.endswith("-export.onnx"):
            assert used == {""}, (name, used)
            assert not any(node.op_type == "BatchNormalization" for node in model.graph.node), name
print(len(files), "graphs accepted;", dict(domains))
