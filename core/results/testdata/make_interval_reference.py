"""Known answers for the tests of intervals over seeds and samples, from SciPy, statsmodels and NumPy.

    pip install numpy scipy statsmodels pandas
    python make_interval_reference.py > interval_reference.json
"""

import json

import numpy
import pandas
import scipy
import statsmodels
from scipy import integrate, optimize, stats
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

generator = numpy.random.default_rng(11)

quantiles = [
    {"probability": p, "degrees": d, "value": float(stats.t.ppf(p, d))}
    for p in (0.9, 0.975)
    for d in (0.9, 1, 1.78, 2, 3.3, 4, 9, 31.4, 99, 1999)
]

# Satterthwaite's degrees of freedom and Welch's interval of two means.
welch = []
for first, second in [(3, 3), (3, 10), (2, 40), (12, 7)]:
    one = generator.normal(50, 3, first).round(4)
    two = generator.normal(53, 1, second).round(4)
    means = CompareMeans(DescrStatsW(two), DescrStatsW(one))
    low, high = means.tconfint_diff(usevar="unequal")
    welch.append({
        "one": one.tolist(),
        "two": two.tolist(),
        "degrees": float(means.dof_satt()),
        "ci95": [float(low), float(high)],
    })

# Mean squares of seeds and samples crossed, one answer each: Hillis' (2007) variance and degrees.
crossed = []
for seeds, samples, spread in [(3, 40, 0.0), (3, 40, 0.1), (5, 25, 0.05), (2, 60, 0.02), (4, 12, 0.3)]:
    values = (
        generator.normal(0.6, spread, (seeds, 1))
        + generator.normal(0, 0.3, (1, samples))
        + generator.normal(0, 0.15, (seeds, samples))
    ).round(5)
    seed, sample = numpy.indices(values.shape)
    table = pandas.DataFrame({"y": values.ravel(), "seed": seed.ravel(), "sample": sample.ravel()})
    found = anova_lm(ols("y ~ C(seed) + C(sample)", table).fit())
    square = found["sum_sq"] / found["df"]
    by_seeds = square["C(seed)"] / (seeds * samples)
    by_samples = max(0, square["C(sample)"] - square["Residual"]) / (seeds * samples)
    total = by_seeds + by_samples
    crossed.append({
        "values": values.tolist(),
        "mean": float(values.mean()),
        "bySeeds": float(by_seeds),
        "bySamples": float(by_samples),
        "hillisDegrees": float(total**2 / (by_seeds**2 / (seeds - 1))),
        "skewness": float(stats.skew(values.mean(0))),
    })


def coverage(degrees, share, factor):
    """How often value ± t · error holds the truth: the variance by seeds has so many degrees of freedom
    and a true share of the sum, that by samples is known."""

    def held(x):
        total = share * x + 1 - share
        estimated = min(1, factor * share * x / total)
        freedom = degrees / estimated**2 if estimated > 0 else numpy.inf
        quantile = stats.t.ppf(0.975, freedom) if freedom < 1e7 else stats.norm.ppf(0.975)
        return (2 * stats.norm.cdf(quantile * numpy.sqrt(total)) - 1) * stats.chi2.pdf(
            x * degrees, degrees
        ) * degrees

    # By the root of x, for the density of one degree is infinite at 0; a break where the factor ends.
    ends = [0, 0.3, 1, 2, 6]
    if 0 < share < 1 and factor > 1:
        ends.append(numpy.sqrt((1 - share) / (share * (factor - 1))))
    ends = sorted(end for end in ends if end <= 6)
    return sum(
        integrate.quad(lambda root: held(root**2) * 2 * root, low, high, limit=200)[0]
        for low, high in zip(ends, ends[1:])
    )


shares = [0, 0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 1]
coverages = [
    {"seeds": seeds, "share": share, "plain": coverage(seeds - 1, share, 1), "margin": coverage(seeds - 1, share, 1 + 2.5 / (seeds - 1) ** 2)}
    for seeds in (2, 3, 4, 5, 10)
    for share in shares
]

# Noncentrality with which t is above its 97.5 % quantile nine times in ten. Integrated, since SciPy's nct
# is not a number far from 0.
noncentral = []
for degrees in (1, 2, 3, 4.5, 9, 30, 200):
    critical = stats.t.ppf(0.975, degrees)

    def seen(shift):
        density = stats.chi2(degrees).pdf
        return integrate.quad(
            lambda root: stats.norm.cdf(shift - critical * root) * density(root**2 * degrees) * degrees * 2 * root,
            0, 6, points=[0.5, 1, 1.5], limit=200,
        )[0]

    value = optimize.brentq(lambda shift: seen(shift) - 0.9, critical / 2, 2 * critical + 3)
    if degrees > 1:
        assert abs(stats.nct.sf(critical, degrees, value) - 0.9) < 1e-6
    noncentral.append({"degrees": degrees, "value": float(value)})

print(json.dumps({
    "versions": {
        "numpy": numpy.__version__,
        "scipy": scipy.__version__,
        "statsmodels": statsmodels.__version__,
    },
    "quantiles": quantiles,
    "welch": welch,
    "crossed": crossed,
    "coverages": coverages,
    "noncentral": noncentral,
}))
