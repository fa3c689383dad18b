"""Writes composed_view.json: an icon turned, scaled and blended by SciPy.

    python make_composed_view.py        (numpy 2, scipy 1.1x)

The icon is read bilinearly, premultiplied, with transparent pixels around it (map_coordinates,
order 1, constant 0), over a background of one colour.
"""

import json
import pathlib

import numpy as np
from scipy.ndimage import map_coordinates

rng = np.random.default_rng(0)
texture_size, size = 16, 14
alpha = rng.integers(0, 256, (texture_size, texture_size))
colour = rng.integers(0, 256, (texture_size, texture_size, 3))
premultiplied = np.concatenate(
    [colour * alpha[..., None] // 255, alpha[..., None]], axis=-1
).astype(np.uint8)
background = [200.0, 40.0, 90.0]
cases = []
for scale, degrees, centre_x, centre_y, flip in [
    (1.0, 0.0, 0.5, 0.5, False),
    (0.7, 17.0, 0.44, 0.58, False),
    (0.85, -12.0, 0.55, 0.47, True),
]:
    theta = np.deg2rad(degrees)
    y, x = np.mgrid[0:size, 0:size]
    from_x = (x + 0.5) / size - centre_x
    from_y = (y + 0.5) / size - centre_y
    # Clockwise turn by theta on a screen whose y points down; undone here.
    icon_x = (np.cos(theta) * from_x + np.sin(theta) * from_y) / scale
    icon_y = (np.cos(theta) * from_y - np.sin(theta) * from_x) / scale
    if flip:
        icon_x = -icon_x
    columns = (icon_x + 0.5) * texture_size - 0.5
    rows = (icon_y + 0.5) * texture_size - 0.5
    padded = np.pad(premultiplied.astype(float), ((2, 2), (2, 2), (0, 0)))
    sampled = np.stack(
        [
            map_coordinates(padded[..., c], [rows + 2, columns + 2], order=1, cval=0.0)
            for c in range(4)
        ],
        axis=-1,
    )
    out = sampled[..., :3] + (1 - sampled[..., 3:] / 255) * np.array(background)
    cases.append(
        {
            "scale": scale,
            "rotation": float(theta),
            "centreX": centre_x,
            "centreY": centre_y,
            "flip": flip,
            "pixels": [round(float(v), 3) for v in out.ravel()],
        }
    )
path = pathlib.Path(__file__).with_name("composed_view.json")
path.write_text(
    json.dumps(
        {
            "textureSize": texture_size,
            "size": size,
            "texture": premultiplied.ravel().tolist(),
            "background": background,
            "cases": cases,
        },
        separators=(",", ":"),
    )
    + "\n"
)
