"""What the peers' scripts share: how steps are timed, and how a script is asked."""

import json
import resource
import sys
import time


def time_steps(step, request, images, versions, values=()):
    """Runs the warm-up and the timed steps; a measurement as in core/results/speed_result.ts.

    `step` gives the value that is compared; `values` are those that came before the warm-up.
    """
    values = [*values, *(step() for _ in range(request["warmUp"]))]
    seconds = []
    processor = time.process_time()
    for _ in range(request["steps"]):
        started = time.perf_counter()
        values.append(step())
        seconds.append(time.perf_counter() - started)
    processor = time.process_time() - processor
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "seconds": seconds,
        "cpuSeconds": processor / request["steps"],
        "peakBytes": kilobytes * (1 if sys.platform == "darwin" else 1024),
        "values": values,
        "images": images,
        "versions": versions,
    }


def run(measure, versions):
    """Answers the first argument: --probe, or a request as JSON."""
    if sys.argv[1] == "--probe":
        print(json.dumps(versions()))
    else:
        print(json.dumps(measure(json.loads(sys.argv[1]))))
