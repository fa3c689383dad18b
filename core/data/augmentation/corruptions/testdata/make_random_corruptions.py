"""Writes random_corruptions.json: glass and zoom blur, snow, fog and elastic transform.

    pip install "imagecorruptions==1.1.2" "numpy<2" scipy "scikit-image<0.23" opencv-python-headless \
        pillow "setuptools<81"
    python make_random_corruptions.py

Images and draws are those of corruptions.json, which must be there; draws begin again where they end.
`images` is what the package imagecorruptions makes of them, and what the same steps make of them with the
constants of CIFAR-10-C; the elastic transform of CIFAR-10-C, which has an affine map too, is written down
here by SciPy. `parts` are the single steps, from NumPy, SciPy and scikit-image.
"""

import base64
import inspect
import json
import pathlib
import re

import numpy as np
import scipy.ndimage
import skimage.filters
from PIL import Image

import imagecorruptions.corruptions as corruptions


def gaussian(image, sigma, multichannel=False, **options):
    """The old way of naming the channels, which the package uses."""
    return skimage.filters.gaussian(
        image, sigma=sigma, channel_axis=-1 if multichannel else None, **options
    )


corruptions.gaussian = gaussian
folder = pathlib.Path(__file__).parent
known = json.loads((folder / "corruptions.json").read_text())
uniforms, normals = (
    np.array([float(value) for value in known[name].split()]) for name in ("uniforms", "normals")
)


def decode(stored):
    shape = stored["height"], stored["width"], 3
    return np.frombuffer(base64.b64decode(stored["pixels"]), np.uint8).reshape(shape)


def encode(image):
    pixels = np.uint8(np.asarray(image))
    height, width = pixels.shape[:2]
    return {"width": width, "height": height, "pixels": base64.b64encode(pixels.tobytes()).decode()}


sources = [decode(stored) for stored in known["sources"]]


class Draws:
    """In the place of NumPy's generator. A direction of motion has no size: it is `angle`."""

    def __init__(self, angle=0):
        self.angle = angle
        self.used = 0

    def take(self, numbers, size):
        count = int(np.prod(size))
        places = np.arange(self.used, self.used + count) % len(numbers)
        self.used += count
        return numbers[places].reshape(size)

    def uniform(self, low=0, high=1, size=None):
        if size is None:
            return self.angle
        return low + (high - low) * self.take(uniforms, size)

    def normal(self, size, loc, scale):
        return loc + scale * self.take(normals, size)

    def randint(self, low, high, size):
        return np.floor(low + (high - low) * self.take(uniforms, size)).astype(int)


def drawing(function, angle=0):
    """What a function gives with draws from their beginning."""
    draws = Draws(angle)
    names = "uniform", "normal", "randint"
    before = {name: getattr(np.random, name) for name in names}
    for name in names:
        setattr(np.random, name, getattr(draws, name))
    try:
        return function()
    finally:
        for name in names:
            setattr(np.random, name, before[name])


def with_constants(name, constants):
    """A function of the package with other constants."""
    source, count = re.subn(
        r"c = \[.*?\]\[\s*severity - 1\]",
        "c = constants[severity - 1]",
        inspect.getsource(getattr(corruptions, name)),
        count=1,
        flags=re.DOTALL,
    )
    assert count == 1, name
    names = {**vars(corruptions), "constants": constants}
    exec(source, names)
    return names[name]


def elastic_of_cifar(severity, image):
    """Points of the middle are moved, the affine map that moves them is applied, then displacements."""
    alpha, sigma, most = [
        (0, 0, 32 * 0.08),
        (32 * 0.05, 32 * 0.2, 32 * 0.07),
        (32 * 0.08, 32 * 0.06, 32 * 0.06),
        (32 * 0.1, 32 * 0.04, 32 * 0.05),
        (32 * 0.1, 32 * 0.03, 32 * 0.03),
    ][severity - 1]
    size = image.shape[:2]
    center, reach = np.array(size) // 2, min(size) // 3
    points = np.float64([center + reach, [center[0] + reach, center[1] - reach], center - reach])
    moved = points + np.random.uniform(-most, most, size=points.shape)
    # Rows of homogeneous coordinates: moved @ matrix is points.
    ones = np.ones((3, 1))
    matrix = np.linalg.solve(np.hstack([moved, ones]), points)
    y, x = np.mgrid[: size[0], : size[1]].astype(np.float64)
    from_x, from_y = np.moveaxis(np.stack([x, y, np.ones_like(x)], -1) @ matrix, -1, 0)

    def field():
        random = np.random.uniform(-1, 1, size=size)
        return (alpha * gaussian(random, sigma, mode="reflect", truncate=3)).astype(np.float32)

    dx, dy = field(), field()
    sample = scipy.ndimage.map_coordinates
    channels = [
        sample(
            sample(image[:, :, channel] / 255.0, [from_y, from_x], order=1, mode="mirror"),
            [y + dy, x + dx],
            order=1,
            mode="reflect",
        )
        for channel in range(3)
    ]
    return np.clip(np.stack(channels, -1), 0, 1) * 255


functions = {
    "glass-blur": "glass_blur",
    "zoom-blur": "zoom_blur",
    "snow": "snow",
    "fog": "fog",
    "elastic-transform": "elastic_transform",
}
cifar = {
    "glass-blur": [(0.05, 1, 1), (0.25, 1, 1), (0.4, 1, 1), (0.25, 1, 2), (0.4, 1, 2)],
    "zoom-blur": [np.arange(1, end, 0.01) for end in (1.06, 1.11, 1.16, 1.21, 1.26)],
    "snow": [
        (0.1, 0.2, 1, 0.6, 8, 3, 0.95),
        (0.1, 0.2, 1, 0.5, 10, 4, 0.9),
        (0.15, 0.3, 1.75, 0.55, 10, 4, 0.9),
        (0.25, 0.3, 2.25, 0.6, 12, 6, 0.85),
        (0.3, 0.3, 1.25, 0.65, 14, 12, 0.8),
    ],
    "fog": [(0.2, 3), (0.5, 3), (0.75, 2.5), (1, 2), (1.5, 1.75)],
}

images = []


def add(strengths, name, index, severity, function):
    angle = [-134, -100.5, -90, -77.25, -46][severity - 1]
    images.append({
        "name": name,
        "strengths": strengths,
        "source": index,
        "severity": severity,
        "angle": angle,
        "result": encode(drawing(function, angle)),
    })


for index, source in enumerate(sources):
    # The second image, whose sides differ, at every other severity: the file stays smaller.
    for severity in (1, 2, 3, 4, 5) if index == 0 else (1, 3, 5):
        picture = Image.fromarray(source)
        for name, function in functions.items():
            corrupt = getattr(corruptions, function)
            add("imagenet-c", name, index, severity, lambda: corrupt(picture, severity))
for severity in range(1, 6):
    for name, constants in cifar.items():
        corrupt = with_constants(functions[name], constants)
        picture = Image.fromarray(sources[0])
        add("cifar-c", name, 0, severity, lambda: corrupt(picture, severity))
    add("cifar-c", "elastic-transform", 0, severity, lambda: elastic_of_cifar(severity, sources[0]))


def listed(values):
    values = np.asarray(values)
    return {"shape": list(values.shape), "values": [float(f"{value:.9g}") for value in values.ravel()]}


plane = normals[:35].reshape(5, 7)
# Far beyond every border, and between pixels.
positions = {"x": [-9.3, -1.4, -0.5, 0, 2.25, 6, 6.75, 15.1], "y": [12.2, 0.5, -0.5, 4, 1.75, 4.5, -6.4, 2]}
parts = {
    "fractals": [
        {"side": side, "decay": decay, **listed(drawing(lambda: corruptions.plasma_fractal(side, decay)))}
        for side, decay in ((2, 3), (8, 1.7))
    ],
    "plane": listed(plane),
    "zooms": [
        {"factor": factor, **listed(corruptions.clipped_zoom(plane[..., np.newaxis], factor)[..., 0])}
        for factor in (1, 1.13, 1.25, 2.5, 4.5)
    ],
    "positions": positions,
    "samples": [
        {
            "border": border,
            **listed(
                scipy.ndimage.map_coordinates(plane, [positions["y"], positions["x"]], order=1, mode=border)
            ),
        }
        for border in ("reflect", "mirror")
    ],
    "blurs": [
        {
            "across": across,
            "down": down,
            **listed(gaussian(plane, np.array([down, across]), mode="reflect", truncate=3)),
        }
        for across, down in ((0.8, 2.2), (0, 0.5))
    ],
    "motions": [
        {"angle": angle, **listed(corruptions._motion_blur(plane, radius=3, sigma=2, angle=angle))}
        for angle in (-134, -90, -60)
    ],
}

(folder / "random_corruptions.json").write_text(json.dumps({"images": images, "parts": parts}, indent=1) + "\n")
