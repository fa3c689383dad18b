"""Known answers for the tests of statistics, quantiles, shares and paired samples, from SciPy, NumPy and
statsmodels.

    pip install numpy scipy statsmodels
    python make_statistics_reference.py > statistics_reference.json
"""

import json

import numpy
import scipy
import statsmodels
from scipy.stats import binomtest, bootstrap, chi2
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint

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

pairs = [(0, 0), (1, 0), (0, 5), (3, 3), (10, 4), (4, 10), (30, 12), (59, 81), (1, 40), (300, 351)]
pairs += [(2600, 2400), (900, 0), (25_000, 24_000)]
discordant = []
for better, worse in pairs:
    table = [[50, worse], [better, 7]]
    if better + worse == 0:
        exact = asymptotic = plain = 1
    else:
        exact = mcnemar(table, exact=True).pvalue
        asymptotic = mcnemar(table, exact=False, correction=True).pvalue
        plain = mcnemar(table, exact=False, correction=False).pvalue
        # SciPy agrees.
        same = binomtest(better, better + worse, 0.5).pvalue
        assert abs(same - exact) <= 1e-9 * same, (better, worse, same, exact)
        assert abs(chi2.sf((better - worse) ** 2 / (better + worse), 1) - plain) <= 1e-9 * plain
    discordant.append({
        "better": better,
        "worse": worse,
        "exact": float(exact),
        "asymptotic": float(asymptotic),
        "uncorrected": float(plain),
    })

shares = []
for successes, trials in [(0, 1), (1, 1), (0, 121), (121, 121), (1, 3), (60, 121), (452, 1000), (49_999, 50_000)]:
    low, high = proportion_confint(successes, trials, 0.05, method="wilson")
    shares.append({"successes": successes, "trials": trials, "low": float(low), "high": float(high)})

print(json.dumps({
    "versions": {
        "numpy": numpy.__version__,
        "scipy": scipy.__version__,
        "statsmodels": statsmodels.__version__,
    },
    "discordant": discordant,
    "shares": shares,
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
