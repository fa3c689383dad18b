"""Known answers for k_nn_test.ts, from scikit-learn.

    pip install numpy scikit-learn
    python make_reference.py > reference.json
"""

import json

import numpy
import sklearn
from sklearn.neighbors import KNeighborsClassifier

generator = numpy.random.default_rng(11)
classes, width = 5, 8
centers = generator.normal(size=(classes, width))
labels = generator.integers(0, classes, 150)
train = (centers[labels] + 1.3 * generator.normal(size=(150, width))).astype(numpy.float32).round(3)
test = (centers[generator.integers(0, classes, 60)] + 1.3 * generator.normal(size=(60, width)))
test = test.astype(numpy.float32).round(3)


def predict(k, temperature):
    def weights(distances):
        # Cosine distance is 1 - cosine.
        return numpy.exp((1 - distances) / temperature)

    classifier = KNeighborsClassifier(
        k,
        metric="cosine",
        algorithm="brute",
        weights="uniform" if temperature is None else weights,
    )
    classifier.fit(train, labels)
    return classifier.predict(test).tolist()


cases = [(1, None), (10, None), (20, 0.07), (150, 0.07), (20, 0.5)]
print(json.dumps({
    "versions": {"numpy": numpy.__version__, "sklearn": sklearn.__version__},
    "classes": classes,
    "train": [[round(float(value), 3) for value in row] for row in train],
    "labels": labels.tolist(),
    "test": [[round(float(value), 3) for value in row] for row in test],
    "cases": [
        {"k": k, "temperature": temperature, "predictions": predict(k, temperature)}
        for k, temperature in cases
    ],
}))
