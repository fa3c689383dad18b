"""Writes crops.json: what mmsegmentation 0.x makes of images with labels, by the formulas of its transforms
(Resize with ratio_range, RandomCrop with cat_max_ratio, RandomFlip, PhotoMetricDistortion, Pad) and of mmcv,
with OpenCV. Random numbers come from a list that is written beside, in the order in which they are used.

    python make_crops.py

Needs numpy and opencv-python-headless 4.8.1.
"""
import json
import os

import cv2
import numpy as np

PADDING = (1, 2, 3)
generator = np.random.RandomState(0)


class Numbers:
    """numpy.random's functions over a list of uniform numbers."""

    def __init__(self):
        self.used = []

    def rand(self):
        self.used.append(round(float(generator.rand()), 6))
        return self.used[-1]

    def randint(self, low, high=None):
        low, high = (0, low) if high is None else (low, high)
        return low + int(self.rand() * (high - low))

    def uniform(self, low, high):
        return low + (high - low) * self.rand()


def rescale_size(width, height, scale):
    """mmcv.rescale_size for a tuple."""
    factor = min(max(scale) / max(height, width), min(scale) / min(height, width))
    return int(width * factor + 0.5), int(height * factor + 0.5)


def resize(random, image, labels, box, ratios):
    """Resize._random_scale and _resize_img, _resize_seg, keep_ratio."""
    height, width = labels.shape
    ratio = random.rand() * (ratios[1] - ratios[0]) + ratios[0]
    box = box or (width, height)
    size = rescale_size(width, height, (int(box[0] * ratio), int(box[1] * ratio)))
    return (
        cv2.resize(image, size, interpolation=cv2.INTER_LINEAR),
        cv2.resize(labels, size, interpolation=cv2.INTER_NEAREST),
    )


def crop(random, image, labels, size, most):
    """RandomCrop.__call__."""
    def draw():
        margin_h = max(image.shape[0] - size[1], 0)
        margin_w = max(image.shape[1] - size[0], 0)
        top = random.randint(0, margin_h + 1)
        left = random.randint(0, margin_w + 1)
        return slice(top, top + size[1]), slice(left, left + size[0])

    box = draw()
    if most < 1.:
        for _ in range(10):
            values, counts = np.unique(labels[box], return_counts=True)
            counts = counts[values != 255]
            if len(counts) > 1 and np.max(counts) / np.sum(counts) < most:
                break
            box = draw()
    return image[box], labels[box]


def convert(image, alpha=1, beta=0):
    image = image.astype(np.float32) * alpha + beta
    return np.clip(image, 0, 255).astype(np.uint8)


def to_rgb(image):
    """OpenCV's scalar code rounds; its vector code, which takes rows of many pixels, cuts to whole numbers."""
    column = np.ascontiguousarray(image.reshape(-1, 1, 3))
    return cv2.cvtColor(column, cv2.COLOR_HSV2RGB).reshape(image.shape)


def distort(random, image):
    """PhotoMetricDistortion.__call__, on RGB."""
    def contrast(image):
        return convert(image, alpha=random.uniform(0.5, 1.5)) if random.randint(2) else image

    if random.randint(2):
        image = convert(image, beta=random.uniform(-32, 32))
    mode = random.randint(2)
    if mode == 1:
        image = contrast(image)
    if random.randint(2):
        image = cv2.cvtColor(image, cv2.COLOR_RGB2HSV)
        image[:, :, 1] = convert(image[:, :, 1], alpha=random.uniform(0.5, 1.5))
        image = to_rgb(image)
    if random.randint(2):
        image = cv2.cvtColor(image, cv2.COLOR_RGB2HSV)
        image[:, :, 0] = (image[:, :, 0].astype(int) + random.randint(-18, 18)) % 180
        image = to_rgb(image)
    if mode == 0:
        image = contrast(image)
    return image


def pad(image, labels, size):
    padded = np.empty((size[1], size[0], 3), np.uint8)
    padded[:] = PADDING
    marks = np.full((size[1], size[0]), 255, np.uint8)
    padded[:image.shape[0], :image.shape[1]] = image
    marks[:labels.shape[0], :labels.shape[1]] = labels
    return padded, marks


def smooth(width, height):
    """An image of which some is smooth, so that HSV has all kinds of colours."""
    noise = generator.randint(0, 256, (max(1, height // 3), max(1, width // 3), 3)).astype(np.uint8)
    image = cv2.resize(noise, (width, height), interpolation=cv2.INTER_LINEAR)
    image[: height // 4] = generator.randint(0, 256, (height // 4, width, 3))
    image[-2:] = image[-2:, :, :1]
    return np.ascontiguousarray(image)


def blocks(width, height, classes):
    labels = np.zeros((height, width), np.uint8)
    for label in range(1, classes):
        y, x = generator.randint(height), generator.randint(width)
        labels[y : y + height // 3, x : x + width // 3] = label
    labels[0, :: 3] = 255
    return labels


SETS = [
    # width, height, box, ratios, crop, most of a class, distorted
    (24, 16, None, (0.5, 2), (16, 12), 0.75, False),
    (24, 16, None, (0.5, 2), (16, 12), 0.75, True),
    (24, 16, None, (1, 1), (24, 16), 1, True),
    (17, 23, None, (0.5, 2), (20, 20), 0.75, True),
    (30, 20, (40, 20), (0.5, 2), (16, 16), 0.5, True),
    (20, 30, (40, 20), (0.7, 1.2), (16, 16), 0.75, False),
    (9, 7, None, (0.5, 2), (16, 16), 0.75, True),
    (24, 16, (64, 32), (0.5, 0.5), (12, 8), 0.4, True),
]

cases = []
for width, height, box, ratios, size, most, distorted in SETS:
    for _ in range(3):
        image, labels = smooth(width, height), blocks(width, height, 4)
        random = Numbers()
        scaled, scaled_labels = resize(random, image, labels, box, ratios)
        found, marks = crop(random, scaled, scaled_labels, size, most)
        if random.rand() < 0.5:
            found, marks = found[:, ::-1], marks[:, ::-1]
        found = np.ascontiguousarray(found)
        if distorted:
            found = distort(random, found)
        found, marks = pad(found, marks, size)
        cases.append({
            "size": [width, height], "box": box, "ratios": ratios, "crop": size, "most": most,
            "distorted": distorted, "numbers": random.used,
            "image": image.flatten().tolist(), "labels": labels.flatten().tolist(),
            # [3, height, width]
            "expected": found.transpose(2, 0, 1).flatten().tolist(), "marks": marks.flatten().tolist(),
        })

colours = generator.randint(0, 256, (400, 3)).astype(np.uint8)
colours[:6] = [[0, 0, 0], [255, 255, 255], [255, 0, 0], [0, 255, 0], [0, 0, 255], [7, 7, 7]]
hsv = cv2.cvtColor(colours[None], cv2.COLOR_RGB2HSV)[0]
codes = np.stack([generator.randint(0, 180, 400), generator.randint(0, 256, 400), generator.randint(0, 256, 400)], 1)
codes = codes.astype(np.uint8)
rgb = to_rgb(codes[None])[0]

path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "crops.json")
with open(path, "w") as file:
    json.dump({
        "padding": PADDING, "cases": cases,
        "hsv": {"colours": colours.tolist(), "codes": hsv.tolist()},
        "rgb": {"codes": codes.tolist(), "colours": rgb.tolist()},
    }, file, separators=(",", ":"))
