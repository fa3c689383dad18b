"""Known answers of torchvision for pasting masks and for the targets of the mask head.

    python make_masks.py        # torch 2.0.1, torchvision 0.15.2, pycocotools 2.0.11

Writes masks.json beside this file.
"""
import base64
import json
from pathlib import Path

import numpy as np
import torch
from pycocotools import mask as coco
from torchvision.models.detection.roi_heads import paste_masks_in_image, project_masks_on_boxes

random = torch.Generator().manual_seed(3)


def numbers(tensor):
    return base64.b64encode(tensor.float().numpy().astype("<f4").tobytes()).decode()


def text_of(mask):
    return coco.encode(np.asfortranarray(mask.numpy().astype(np.uint8)))["counts"].decode()


def smooth(count, side):
    coarse = torch.randn(count, 1, 5, 5, generator=random) * 3
    return torch.nn.functional.interpolate(coarse, size=(side, side), mode="bicubic").sigmoid()


fixture = {"pasted": [], "targets": []}
for height, width, side in [(37, 52, 28), (64, 40, 14), (9, 11, 28)]:
    boxes = torch.rand(10, 4, generator=random) * torch.tensor([width, height, width, height])
    boxes = torch.stack([boxes[:, 0::2].amin(1), boxes[:, 1::2].amin(1), boxes[:, 0::2].amax(1), boxes[:, 1::2].amax(1)], 1)
    boxes[0] = torch.tensor([0, 0, width, height])
    boxes[1] = torch.tensor([3.2, 4.1, 3.3, 4.2])
    boxes[2] = torch.tensor([-5.5, -3.0, width / 2, height + 7.5])
    masks = smooth(10, side)
    pasted = paste_masks_in_image(masks, boxes, (height, width))[:, 0]
    fixture["pasted"].append({
        "height": height, "width": width, "side": side, "boxes": numbers(boxes), "masks": numbers(masks),
        "runs": [text_of(mask > 0.5) for mask in pasted],
    })

for height, width, side in [(37, 52, 28), (90, 70, 14)]:
    masks = smooth(3, 128)[:, 0, :height, :width] > 0.5
    boxes = torch.rand(9, 4, generator=random) * torch.tensor([width, height, width, height]) * 0.6
    boxes[:, 2:] += boxes[:, :2] + 0.2
    boxes[0] = torch.tensor([0, 0, width, height])
    boxes[1] = torch.tensor([-4.0, -4.0, width + 9.0, height + 3.0])
    boxes[2] = torch.tensor([5.0, 5.0, 5.4, 5.3])
    objects = torch.randint(0, 3, (9,), generator=random)
    fixture["targets"].append({
        "height": height, "width": width, "side": side, "boxes": numbers(boxes), "objects": objects.tolist(),
        "masks": [text_of(mask) for mask in masks],
        "targets": numbers(project_masks_on_boxes(masks, boxes, objects, side)),
    })
Path(__file__).with_name("masks.json").write_text(json.dumps(fixture, indent=1) + "\n")
