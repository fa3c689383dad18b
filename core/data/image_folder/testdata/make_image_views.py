"""Writes image_views.json: centre crops resized by Pillow with its antialiased BILINEAR filter.

    python make_image_views.py          (numpy 2, pillow 11 or 12)
"""

import json
import pathlib

import numpy as np
from PIL import Image

rng = np.random.default_rng(1)
width, height = 27, 22
image = rng.integers(0, 256, (height, width, 3)).astype(np.uint8)
side = min(width, height) * 0.875
box = ((width - side) / 2, (height - side) / 2, (width + side) / 2, (height + side) / 2)
cases = []
for size in (10, 16, 24):
    resized = Image.fromarray(image).resize((size, size), Image.Resampling.BILINEAR, box=box)
    cases.append({"size": size, "pixels": np.asarray(resized).ravel().tolist()})
path = pathlib.Path(__file__).with_name("image_views.json")
path.write_text(
    json.dumps(
        {"width": width, "height": height, "image": image.ravel().tolist(), "cases": cases},
        separators=(",", ":"),
    )
    + "\n"
)
