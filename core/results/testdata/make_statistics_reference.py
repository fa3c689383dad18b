"""Known answers for statistics_test.ts and quantile_test.ts, from SciPy and NumPy.

    pip install numpy scipy
    python make_statistics_reference.py > statistics_reference.json
"""

import json

import numpy
import scipy
from scipy.stats import bootstrap

generator = numpy.random.default_rng(7)

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
