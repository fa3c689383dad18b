"""The peers of the evaluation of detection: pycocotools and faster-coco-eval.

    python3 coco_evaluation.py FILE PACKAGE ROUNDS

FILE is JSON: truth (a data set as COCO writes it), detections (a list of results), kind (bbox or
segm). PACKAGE is pycocotools or faster_coco_eval. What is timed is the evaluation of objects that are
in memory: evaluate, accumulate, summarize. Prints one line of JSON: seconds and CPU seconds of each
round, the twelve numbers, the greatest memory in bytes, the version.
"""

import contextlib
import importlib.metadata
import io
import json
import resource
import sys
import time

path, package, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
if package == "pycocotools":
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval
else:
    from faster_coco_eval import COCO
    from faster_coco_eval import COCOeval_faster as COCOeval

with open(path) as file:
    data = json.load(file)
seconds, cpu = [], []
with contextlib.redirect_stdout(io.StringIO()):
    truth = COCO()
    truth.dataset = data["truth"]
    truth.createIndex()
    found = truth.loadRes(data["detections"])
    for _ in range(rounds):
        started, cpu_started = time.perf_counter(), time.process_time()
        evaluation = COCOeval(truth, found, data["kind"])
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
        seconds.append(time.perf_counter() - started)
        cpu.append(time.process_time() - cpu_started)
        numbers = [float(value) for value in evaluation.stats[:12]]
print(json.dumps({
    "seconds": seconds,
    "cpuSeconds": cpu,
    "numbers": numbers,
    "peakBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    "version": importlib.metadata.version(package.replace("_", "-")),
}))
