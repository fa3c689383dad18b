"""Writes augmentation.json: torchvision's transforms on PIL images with given parameters.

    python make_augmentation.py         (torch 2.15, torchvision 0.29, pillow 13)

Pixels are RGB bytes in base64, rows from the top.
"""

import base64
import hashlib
import json
import pathlib

import numpy as np
from PIL import Image, ImageFilter
from torchvision.transforms import functional as F

rng = np.random.default_rng(7)


def picture(width, height):
    """Smooth colours, edges and noise, with black, white and grey parts."""
    y, x = np.mgrid[:height, :width].astype(np.float64)
    channels = [
        127 + 127 * np.sin(x / (3 + channel) + y / (5 - channel) + channel) for channel in range(3)
    ]
    image = np.stack(channels, -1) + rng.normal(0, 12, (height, width, 3))
    image[: height // 4, : width // 3] = rng.integers(0, 256, (height // 4, width // 3, 3))
    image[-3:, :5] = 0
    image[-3:, -5:] = 255
    image[height // 2, :] = image[height // 2, :, :1]
    return np.clip(image, 0, 255).astype(np.uint8)


def encode(image):
    pixels = np.asarray(image)
    assert pixels.dtype == np.uint8 and pixels.shape[2] == 3
    height, width = pixels.shape[:2]
    return {
        "width": width,
        "height": height,
        "pixels": base64.b64encode(pixels.tobytes()).decode(),
    }


def blur(image, radius):
    return image.filter(ImageFilter.GaussianBlur(radius=radius))


operations = {
    "brightness": F.adjust_brightness,
    "contrast": F.adjust_contrast,
    "saturation": F.adjust_saturation,
    "hue": F.adjust_hue,
    "blur": blur,
    "grayscale": lambda image, _: F.to_grayscale(image, 3),
}

source = Image.fromarray(picture(61, 47))
crops = []
for left, top, width, height, size in [
    (0, 0, 61, 47, 24),
    (5, 3, 40, 41, 19),
    (11, 20, 9, 7, 24),
    (20, 8, 24, 24, 24),
    (0, 30, 61, 2, 16),
    (30, 11, 9, 9, 33),
]:
    for mirrored in (False, True):
        image = F.resized_crop(source, top, left, height, width, [size, size])
        image = F.hflip(image) if mirrored else image
        crops.append(
            {
                "crop": {"left": left, "top": top, "width": width, "height": height},
                "size": size,
                "mirrored": mirrored,
                "result": encode(image),
            }
        )

centres = []
for size in (16, 28):
    for image in (source, source.rotate(90, expand=True)):
        resized = F.resize(image, round(size * 256 / 224))
        centres.append({"size": size, "image": encode(image), "result": encode(F.center_crop(resized, size))})

small = Image.fromarray(picture(37, 23))
single = []
for name, values in {
    "brightness": (0.6, 1.4),
    "contrast": (0.61, 1.39),
    "saturation": (0.6, 1.37),
    "hue": (-0.1, 0.07, 0.5),
    "blur": (0.1, 0.8, 1.3, 2.0, 7.5),
    "grayscale": (1,),
}.items():
    for value in values:
        single.append({"name": name, "value": value, "result": encode(operations[name](small, value))})

# Every 5th colour, and a large noisy image: only the hash of the result is kept.
steps = np.arange(0, 256, 5, dtype=np.uint8)
cube = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1).reshape(52 * 52, 52, 3)
hashes = []
for name, values in {
    "brightness": (0.83, 1.21),
    "contrast": (0.83, 1.21),
    "saturation": (0.83, 1.21),
    "hue": (0.0, -0.033, 0.1, 0.25, -0.5),
    "blur": (0.3, 1.0, 1.9),
    "grayscale": (1,),
}.items():
    for value in values:
        result = np.asarray(operations[name](Image.fromarray(cube), value))
        hashes.append({"name": name, "value": value, "sha256": hashlib.sha256(result.tobytes()).hexdigest()})

# Every colour, red slowest: the hue's quotients are rounded in ways of their own where they are whole.
channel = np.arange(256, dtype=np.uint8)
colours = np.stack(np.meshgrid(channel, channel, channel, indexing="ij"), -1).reshape(4096, 4096, 3)
hues = []
for value in (0.1, -0.33):
    result = np.asarray(operations["hue"](Image.fromarray(colours), value))
    hues.append({"value": value, "sha256": hashlib.sha256(result.tobytes()).hexdigest()})

chains = []
for crop, mirrored, chain in [
    (
        (7, 2, 44, 40),
        True,
        [("saturation", 1.3), ("hue", 0.06), ("brightness", 0.8), ("contrast", 1.25), ("blur", 1.4)],
    ),
    (
        (0, 0, 50, 47),
        False,
        [("hue", -0.09), ("contrast", 0.7), ("saturation", 1.4), ("brightness", 1.4), ("grayscale", 1), ("blur", 0.7)],
    ),
    ((20, 5, 22, 19), True, [("contrast", 1.4), ("brightness", 1.1), ("hue", 0.1), ("saturation", 0.6)]),
]:
    left, top, width, height = crop
    image = F.resized_crop(source, top, left, height, width, [32, 32])
    for name, value in chain:
        image = operations[name](image, value)
    chains.append(
        {
            "crop": {"left": left, "top": top, "width": width, "height": height},
            "mirrored": mirrored,
            "steps": [{"name": name, "value": value} for name, value in chain],
            "result": encode(F.hflip(image) if mirrored else image),
        }
    )

fixture = {
    "source": encode(source),
    "small": encode(small),
    "crops": crops,
    "centres": centres,
    "single": single,
    "hashes": hashes,
    "hues": hues,
    "chains": chains,
}
path = pathlib.Path(__file__).with_name("augmentation.json")
path.write_text(json.dumps(fixture, indent=1) + "\n")
