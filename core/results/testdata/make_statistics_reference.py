"""Known answers for statistics_test.ts, from SciPy and NumPy.

    pip install numpy scipy
    python make_statistics_reference.py > statistics_reference.json
"""

import json

import numpy
import scipy
from scipy.stats import binomtest, bootstrap

generator = numpy.random.default_rng(7)

wilson = []
for hits, n in [(0, 10), (1, 10), (5, 10), (10, 10), (317, 604), (1, 1), (49_500, 100_000)]:
    interval = binomtest(hits, n).proportion_ci(0.95, method="wilson")
    wilson.append({"hits": hits, "n": n, "ci95": [100 * interval.low, 100 * interval.high]})

mcnemar = []
for base, other in [(0, 0), (0, 1), (3, 9), (9, 3), (10, 10), (40, 71), (0, 60), (300, 380), (40_000, 41_000)]:
    p = binomtest(base, base + other, 0.5).pvalue if base + other else 1.0
    mcnemar.append({"onlyBase": base, "onlyOther": other, "p": p})

values = generator.normal(size=101).round(6)
quantiles = [
    {"values": part.tolist(), "probability": q, "value": float(numpy.quantile(part, q))}
    for part in (values, values[:10], values[:1])
    for q in (0, 0.025, 0.3, 0.5, 0.975, 1)
]

base = generator.binomial(4, 0.45, 604) / 4
other = numpy.clip(base + generator.choice([-0.25, 0, 0, 0.25, 0.25], 604), 0, 1)
one = bootstrap((base,), numpy.mean, n_resamples=50_000, method="percentile", rng=generator)
pair = bootstrap((other - base,), numpy.mean, n_resamples=50_000, method="percentile", rng=generator)

print(json.dumps({
    "versions": {"numpy": numpy.__version__, "scipy": scipy.__version__},
    "wilson": wilson,
    "mcnemar": mcnemar,
    "quantiles": quantiles,
    "bootstrap": {
        "base": base.tolist(),
        "other": other.tolist(),
        "value": 100 * base.mean(),
        "ci95": [100 * one.confidence_interval.low, 100 * one.confidence_interval.high],
        "difference": 100 * (other - base).mean(),
        "differenceCi95": [100 * pair.confidence_interval.low, 100 * pair.confidence_interval.high],
    },
}))
