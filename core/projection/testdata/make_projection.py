"""Known answers for the tests of core/projection: scikit-learn's own numbers on a few points.

    pip install scikit-learn
    python make_projection.py > projection.json

Kept: points, positions, P of t-SNE, its divergence and gradient at the positions, the divergence that
scikit-learn's own optimiser reaches, trustworthiness, and coordinates by principal components.
"""

import json

import numpy as np
from scipy.spatial.distance import squareform
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE, trustworthiness
from sklearn.manifold._t_sne import _joint_probabilities, _kl_divergence
from sklearn.metrics import pairwise_distances

rng = np.random.default_rng(3)
COUNT, DIMENSION, PERPLEXITY = 60, 6, 8.0
centres = rng.normal(size=(4, DIMENSION)) * 2
labels = np.arange(COUNT) % 4
points = (centres[labels] + rng.normal(size=(COUNT, DIMENSION))).astype(np.float32)
positions = rng.normal(size=(COUNT, 2))

distances = pairwise_distances(points.astype(np.float64), metric="euclidean", squared=True)
p = _joint_probabilities(distances.astype(np.float32), PERPLEXITY, 0)
kl, gradient = _kl_divergence(positions.ravel(), p, 1, COUNT, 2)
best = TSNE(perplexity=PERPLEXITY, method="exact", init="pca", random_state=0).fit(points)
components = PCA(2, svd_solver="full").fit_transform(points.astype(np.float64))

print(json.dumps({
    "dimension": DIMENSION, "perplexity": PERPLEXITY, "labels": labels.tolist(),
    "points": [float(value) for value in points.ravel()],
    "positions": positions.ravel().round(9).tolist(),
    "affinities": squareform(p).ravel().round(12).tolist(),
    "divergence": round(float(kl), 9), "gradient": gradient.round(9).tolist(),
    "reached": round(float(best.kl_divergence_), 6),
    "trustworthiness": {
        str(k): round(float(trustworthiness(points, positions, n_neighbors=k)), 9) for k in (1, 5, 12)
    },
    "components": np.abs(components).ravel().round(6).tolist(),
}))
