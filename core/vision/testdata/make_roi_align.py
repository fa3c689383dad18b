"""Known answers of torchvision's roi_align, forward and backward.

    python make_roi_align.py        # torch 2.0.1, torchvision 0.15.2

Inputs are small whole numbers made by a formula that the test repeats; writes roi_align.json.
"""
import base64
import json
from pathlib import Path

import torch
from torchvision.ops import roi_align


def formula(count, factor):
    """Numbers −1 … 1 in steps of 1/32."""
    index = torch.arange(count, dtype=torch.int64)
    return ((index * factor + index // 7) % 65 - 32).float() / 32


def numbers(tensor):
    return base64.b64encode(tensor.detach().numpy().astype("<f4").tobytes()).decode()


# Inside, across each border, wholly outside, tiny, empty, inside out, larger than the map, on the grid.
boxes = torch.tensor([
    [3.3, 2.7, 21.9, 17.2], [-9.0, -7.5, 6.0, 9.0], [20.0, 14.0, 47.0, 39.5], [60.0, 60.0, 90.0, 80.0],
    [10.1, 10.2, 10.9, 10.6], [12.0, 8.0, 12.0, 8.0], [19.0, 15.0, 9.0, 6.0], [-40.0, -30.0, 80.0, 70.0],
    [8.0, 8.0, 24.0, 16.0], [27.9, 19.9, 28.1, 20.1], [-2.0, 0.0, 4.0, 24.0], [31.0, 23.0, 36.0, 28.0],
])
fixture = {"boxes": numbers(boxes), "cases": []}
for channels, height, width, scale, size, ratio, aligned in [
    (5, 6, 8, 0.25, 3, 2, False), (5, 6, 8, 0.25, 3, 2, True), (5, 6, 8, 0.25, 3, 0, False), (5, 6, 8, 0.25, 3, 0, True),
    (2, 12, 15, 0.5, 7, 2, False), (2, 12, 15, 0.5, 7, 0, True), (18, 3, 4, 0.125, 2, 3, True), (3, 1, 1, 0.03125, 1, 2, False),
]:
    features = formula(2 * channels * height * width, 37).view(2, channels, height, width).requires_grad_()
    images = (torch.arange(len(boxes)) % 2).float()[:, None]
    pooled = roi_align(features, torch.cat([images, boxes], 1), (size, size), scale, ratio, aligned)
    gradient = formula(pooled.numel(), 23).view_as(pooled)
    pooled.backward(gradient)
    fixture["cases"].append({
        "channels": channels, "height": height, "width": width, "scale": scale, "size": size,
        "samplingRatio": ratio, "aligned": aligned, "pooled": numbers(pooled), "gradient": numbers(features.grad),
    })
Path(__file__).with_name("roi_align.json").write_text(json.dumps(fixture, indent=1) + "\n")
