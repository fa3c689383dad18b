"""Fits of scikit-learn's LogisticRegression on made-up features.

    python make_logistic_reference.py > logistic_reference.json
"""

import json

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression

random = np.random.default_rng(7)
classes, width = 5, 8


def draw(count):
    labels = np.arange(count) % classes
    centers = np.random.default_rng(1).normal(size=(classes, width))
    features = 0.9 * centers[labels] + random.normal(size=(count, width)) + 0.5
    return features.astype(np.float32), labels


train, labels = draw(120)
test, test_labels = draw(400)
fits = []
for inverse in [0.01, 1.0, 100.0]:
    model = LogisticRegression(C=inverse, solver="lbfgs", max_iter=5000, tol=1e-8)
    model.fit(train.astype(np.float64), labels)
    fits.append({
        "inverse": inverse,
        "weight": [float(f"{x:.7g}") for x in model.coef_.reshape(-1)],
        "bias": [float(f"{x:.7g}") for x in model.intercept_],
        "accuracy": model.score(test.astype(np.float64), test_labels),
    })
print(json.dumps({
    "source": f"scikit-learn {sklearn.__version__}",
    "classes": classes,
    "width": width,
    "features": [float(f"{x:.9g}") for x in train.reshape(-1)],
    "labels": labels.tolist(),
    "test": [float(f"{x:.9g}") for x in test.reshape(-1)],
    "testLabels": test_labels.tolist(),
    "fits": fits,
}))
