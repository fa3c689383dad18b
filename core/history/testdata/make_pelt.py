"""Segmentations by ruptures' exact search, which pelt_test.ts compares with: pip install ruptures numpy.

    python core/history/testdata/make_pelt.py > core/history/testdata/pelt.json
"""

import json

import numpy as np
import ruptures

random = np.random.default_rng(0)
cases = []
for case in range(24):
    count = int(random.integers(20, 160))
    moves = np.sort(random.choice(np.arange(5, count - 5), size=case % 5, replace=False))
    level = np.zeros(count)
    for move in moves:
        level[move:] += random.normal(0, 4)
    values = np.round(level + random.normal(size=count), 4)
    minimum = int(random.integers(1, 5))
    penalty = round(float(random.uniform(8, 25)), 3)
    # Dynamic programming for every number of changes: exact, and without PELT's pruning.
    search = ruptures.Dynp(model="l2", min_size=minimum, jump=1).fit(values)
    best = None
    for changes in range(0, min(20, count // minimum - 1)):
        ends = [count] if changes == 0 else search.predict(n_bkps=changes)
        cost = search.cost.sum_of_costs(ends) + penalty * changes
        if best is None or cost < best[0] - 1e-9:
            best = (cost, ends[:-1])
    assert len(best[1]) < 15
    cases.append(
        {
            "values": values.tolist(),
            "penalty": penalty,
            "minimum": minimum,
            "changes": [int(end) for end in best[1]],
        }
    )
print(json.dumps({"ruptures": ruptures.__version__, "cases": cases}))
