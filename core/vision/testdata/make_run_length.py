"""Known answers of pycocotools: polygons, strings, areas, boxes, merging, overlaps.

    python make_run_length.py        # pycocotools 2.0.11

Writes run_length.json beside this file.
"""
import json
from pathlib import Path

import numpy as np
from pycocotools import mask as coco

random = np.random.default_rng(5)


def polygon(height, width):
    """Stars, slivers, corners that come twice, parts outside the image."""
    corners = int(random.integers(3, 12))
    centre = random.uniform(-0.1, 1.1, 2) * [width, height]
    angles = np.sort(random.uniform(0, 2 * np.pi, corners))
    if random.random() < 0.3:
        random.shuffle(angles)  # crosses itself
    radii = random.uniform(0.02, 0.7, corners) * min(height, width)
    points = centre + np.stack([np.cos(angles), np.sin(angles)], 1) * radii[:, None]
    if random.random() < 0.4:
        points = np.round(points * 2) / 2
    if random.random() < 0.2:
        points = np.repeat(points, 2, 0)
    return [float(f"{value:.4f}") for value in points.flatten()]


fixture = {"polygons": [], "overlaps": []}
for index in range(60):
    height, width = (int(side) for side in random.integers(1, 40, 2))
    parts = [polygon(height, width) for _ in range(1 if index % 3 else 3)]
    if index == 0:
        parts = [[-5.0, -5.0, 200.0, -5.0, 200.0, 200.0, -5.0, 200.0]]
    if index == 1:
        parts = [[3.0, 3.0, 3.0, 3.0, 3.0, 3.0]]
    merged = coco.merge(coco.frPyObjects(parts, height, width))
    fixture["polygons"].append({
        "height": height, "width": width, "polygons": [" ".join(map(str, part)) for part in parts], "text": merged["counts"].decode(),
        "area": int(coco.area(merged)), "box": coco.toBbox(merged).tolist(),
    })

for _ in range(6):
    height, width = (int(side) for side in random.integers(5, 30, 2))
    def some(count):
        masks = []
        for _ in range(count):
            mask = np.zeros((height, width), np.uint8)
            y0, y1 = sorted(random.integers(0, height + 1, 2))
            x0, x1 = sorted(random.integers(0, width + 1, 2))
            mask[y0:y1, x0:x1] = random.random((y1 - y0, x1 - x0)) < random.choice([0.5, 1.0])
            masks.append(coco.encode(np.asfortranarray(mask)))
        return masks
    detections, truth = some(5), some(4)
    crowd = random.integers(0, 2, 4).tolist()
    text = lambda masks: [mask["counts"].decode() for mask in masks]
    fixture["overlaps"].append({
        "height": height, "width": width, "detections": text(detections), "truth": text(truth), "crowd": crowd,
        "iou": coco.iou(detections, truth, crowd).tolist(),
        "union": coco.merge(detections, False)["counts"].decode(),
        "intersection": coco.merge(detections[:2], True)["counts"].decode(),
        "bytes": "".join(map(str, coco.decode(detections[0]).flatten())),
    })
Path(__file__).with_name("run_length.json").write_text(json.dumps(fixture, indent=1) + "\n")
