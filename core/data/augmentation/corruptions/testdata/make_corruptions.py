"""Writes corruptions.json: what the package imagecorruptions makes of an image.

    pip install "imagecorruptions==1.1.2" "numpy<2" scipy "scikit-image<0.23" opencv-python-headless \
        pillow "setuptools<81"
    python make_corruptions.py

Random numbers are given to it: the draws are in the file. The constants of CIFAR-10-C are put in the
place of those of ImageNet-C where a function is made of the same steps. Pixels are RGB bytes in base64,
rows from the top.
"""

import base64
import io
import json
import pathlib

import numpy as np
import scipy.stats
import skimage.filters
from PIL import Image

import imagecorruptions.corruptions as corruptions


def gaussian(image, sigma, multichannel):
    """The old way of naming the channels, which the package uses."""
    return skimage.filters.gaussian(image, sigma=sigma, channel_axis=-1 if multichannel else None)


corruptions.gaussian = gaussian
generator = np.random.default_rng(5)


def picture(width, height):
    """Smooth colours, edges and noise, with black, white and grey parts."""
    y, x = np.mgrid[:height, :width].astype(np.float64)
    channels = [
        127 + 127 * np.sin(x / (3 + channel) + y / (5 - channel) + channel) for channel in range(3)
    ]
    image = np.stack(channels, -1) + generator.normal(0, 12, (height, width, 3))
    image[: height // 4, : width // 3] = generator.integers(0, 256, (height // 4, width // 3, 3))
    image[-6:, :9] = 0
    image[-6:, -9:] = 255
    image[height // 2, :] = image[height // 2, :, :1]
    return np.clip(image, 0, 255).astype(np.uint8)


def encode(image):
    pixels = np.uint8(np.asarray(image))
    height, width = pixels.shape[:2]
    return {"width": width, "height": height, "pixels": base64.b64encode(pixels.tobytes()).decode()}


# 32 as CIFAR's images, and a size of which nothing is a multiple of a block.
sources = [picture(32, 32), picture(37, 27)]
severities = range(1, 6)


def corrupt(name, source, severity):
    return encode(getattr(corruptions, name)(Image.fromarray(source), severity))


deterministic = {
    "defocus-blur": "defocus_blur",
    "gaussian-blur": "gaussian_blur",
    "brightness": "brightness",
    "contrast": "contrast",
    "pixelate": "pixelate",
    "jpeg-compression": "jpeg_compression",
}
cases = [
    {"name": name, "source": index, "severity": severity, "result": corrupt(function, source, severity)}
    for name, function in deterministic.items()
    for index, source in enumerate(sources)
    for severity in severities
]

# Motion: the angle is given.
uniform = np.random.uniform
for index, source in enumerate(sources):
    for severity in severities:
        angle = [-45, -17.5, 0, 12.25, 44][severity - 1]
        np.random.uniform = lambda *_, angle=angle: angle
        cases.append({
            "name": "motion-blur",
            "source": index,
            "severity": severity,
            "angle": angle,
            "result": corrupt("motion_blur", source, severity),
        })
np.random.uniform = uniform

# Noise: the draws are given, rounded so that the file stays small; one image, three severities.
shape = sources[0].shape
normals = generator.normal(size=shape).round(3)
uniforms = generator.uniform(0.0005, 0.9995, size=shape).round(4)
salts = generator.uniform(size=shape).round(2)


class Draws:
    """In the place of NumPy's generator: first where noise is, then whether it is white."""

    def __init__(self):
        self.left = [uniforms, salts]

    def random(self, size):
        assert tuple(size) == shape
        return self.left.pop(0)


noise = []
for severity in (1, 3, 5):
    np.random.normal = lambda size, scale: normals.reshape(size) * scale
    np.random.poisson = lambda mean: scipy.stats.poisson.ppf(uniforms, mean)
    np.random.default_rng = lambda *_: Draws()
    for name, function in {
        "gaussian-noise": "gaussian_noise",
        "shot-noise": "shot_noise",
        "impulse-noise": "impulse_noise",
    }.items():
        noise.append({
            "name": name,
            "severity": severity,
            "result": corrupt(function, sources[0], severity),
        })

# CIFAR-10-C: the same steps with other constants.
radii = {1: (0.3, 0.4), 2: (0.4, 0.5), 3: (0.5, 0.6), 4: (1, 0.2), 5: (1.5, 0.1)}
paths = {1: (6, 1), 3: (6, 2), 5: (9, 2.5)}
cifar = []
for severity, (radius, edge) in radii.items():
    kernel = corruptions.disk(radius=radius, alias_blur=edge)
    scaled = sources[0] / 255.0
    channels = [corruptions.cv2.filter2D(scaled[:, :, channel], -1, kernel) for channel in range(3)]
    blurred = np.clip(np.stack(channels, -1), 0, 1) * 255
    cifar.append({"name": "defocus-blur", "severity": severity, "result": encode(blurred)})
for severity, (radius, sigma) in paths.items():
    moved = corruptions._motion_blur(sources[0], radius=radius, sigma=sigma, angle=20)
    result = encode(np.clip(moved, 0, 255))
    cifar.append({"name": "motion-blur", "severity": severity, "angle": 20, "result": result})
for severity, sigma in {1: 0.4, 3: 0.7, 5: 1}.items():
    blurred = np.clip(gaussian(sources[0] / 255.0, sigma, True), 0, 1) * 255
    cifar.append({"name": "gaussian-blur", "severity": severity, "result": encode(blurred)})
for severity, factor in {1: 0.95, 2: 0.9, 5: 0.65}.items():
    side = int(32 * factor)
    small = Image.fromarray(sources[0]).resize((side, side), Image.BOX)
    # CIFAR-10-C makes it large again by BOX, which is no other than the nearest pixel.
    cifar.append({
        "name": "pixelate",
        "severity": severity,
        "result": encode(small.resize((32, 32), Image.BOX)),
    })
for severity, quality in {1: 80, 2: 65, 4: 50, 5: 40}.items():
    file = io.BytesIO()
    Image.fromarray(sources[0]).save(file, "JPEG", quality=quality)
    cifar.append({
        "name": "jpeg-compression",
        "severity": severity,
        "result": encode(Image.open(file)),
    })

path = pathlib.Path(__file__).with_name("corruptions.json")
path.write_text(
    json.dumps(
        {
            "sources": [encode(source) for source in sources],
            "cases": cases,
            "normals": " ".join(f"{value:g}" for value in normals.ravel()),
            "uniforms": " ".join(f"{value:g}" for value in uniforms.ravel()),
            "salts": " ".join(f"{value:g}" for value in salts.ravel()),
            "noise": noise,
            "cifar": cifar,
        },
        indent=2,
    )
    + "\n"
)
