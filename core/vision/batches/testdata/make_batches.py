"""Writes batches.json: what torchvision makes of sizes, pixels and repeat factors.

    python make_batches.py

Needs torch 2.0.1 and torchvision 0.15.2.
"""
import json
import math
import os

import torch
import torch.nn.functional as F
from torchvision.models.detection.transform import GeneralizedRCNNTransform

torch.manual_seed(0)
rules = [(800, 1333), (640, 1333), (128, 128), (33, 50)]
images = [(640, 480), (480, 640), (640, 427), (500, 333), (1000, 200), (640, 640), (33, 77), (128, 128), (3, 2), (1, 1)]
sizes = []
for short, long in rules:
    transform = GeneralizedRCNNTransform(short, long, [0, 0, 0], [1, 1, 1])
    for width, height in images:
        if min(long / max(width, height), short / min(width, height)) * max(width, height) > 4000:
            continue
        image, _ = transform.resize(torch.zeros(3, height, width), None)
        # mmcv.rescale_size((w, h), (long, short))
        scale = min(long / max(width, height), short / min(width, height))
        nearest = [int(width * scale + 0.5), int(height * scale + 0.5)]
        sizes.append([[short, long], [width, height], [image.shape[2], image.shape[1]], nearest])

pixels = []
for (width, height), (toWidth, toHeight) in [((7, 5), (11, 8)), ((9, 6), (5, 4)), ((4, 4), (4, 9))]:
    image = torch.randint(0, 256, (3, height, width), dtype=torch.uint8)
    mask = (torch.rand(1, height, width) > 0.5).float()
    resized = F.interpolate(image[None].float(), size=(toHeight, toWidth), mode="bilinear", align_corners=False)[0]
    nearest = F.interpolate(mask[None], size=(toHeight, toWidth))[0, 0]
    pixels.append({
        "from": [width, height], "to": [toWidth, toHeight],
        "image": image.permute(1, 2, 0).flatten().tolist(),
        "resized": [round(v, 4) for v in resized.flatten().tolist()],
        "mask": mask[0].int().flatten().tolist(),
        "nearest": nearest.int().flatten().tolist(),
    })

# MMDetection's ClassBalancedDataset._get_repeat_factors.
categories = [[0, 0, 1], [0], [2], [], [0, 3, 3], [0]] + [[0]] * 14
threshold = 0.3
frequency = {}
for own in categories:
    for category in set(own):
        frequency[category] = frequency.get(category, 0) + 1
for category in frequency:
    frequency[category] /= len(categories)
factor = {c: max(1.0, math.sqrt(threshold / f)) for c, f in frequency.items()}
repeats = [math.ceil(max((factor[c] for c in set(own)), default=1)) for own in categories]

path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "batches.json")
with open(path, "w") as file:
    json.dump({"sizes": sizes, "pixels": pixels,
               "repeats": {"categories": categories, "threshold": threshold, "repeats": repeats}}, file)
