"""Known answers of torchvision for boxes: overlaps, coder, anchors, matcher, suppression, levels.

    python make_box_primitives.py        # torch 2.0.1, torchvision 0.15.2

Writes box_primitives.json beside this file.
"""
import base64
import json
from pathlib import Path

import torch
import torchvision
from torchvision.models.detection._utils import BoxCoder, Matcher
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.image_list import ImageList
from torchvision.models.detection.transform import resize_boxes
from torchvision.ops import box_iou, clip_boxes_to_image
from torchvision.ops.boxes import batched_nms, nms
from torchvision.ops.poolers import LevelMapper

random = torch.Generator().manual_seed(7)


def numbers(tensor):
    return base64.b64encode(tensor.float().numpy().astype("<f4").tobytes()).decode()


def integers(tensor):
    return base64.b64encode(tensor.numpy().astype("<i4").tobytes()).decode()


def boxes_of(count, width, height, step=0.25):
    """Boxes on a grid of steps, so that overlaps tie and sides touch."""
    corners = torch.rand(count, 2, generator=random) * torch.tensor([width * 0.9, height * 0.9])
    sizes = torch.rand(count, 2, generator=random) ** 2 * torch.tensor([width * 0.6, height * 0.6]) + 1
    corners, sizes = (corners / step).round() * step, (sizes / step).round().clamp(min=1) * step
    return torch.cat([corners, corners + sizes], 1)  # none is empty: torchvision's overlaps would be NaN


fixture = {}

first, second = boxes_of(9, 64, 48), boxes_of(13, 64, 48, 4)
fixture["iou"] = {"first": numbers(first), "second": numbers(second), "iou": numbers(box_iou(first, second))}
outside = (torch.rand(12, 4, generator=random) - 0.3) * 120
fixture["clip"] = {"boxes": numbers(outside), "height": 40, "width": 60,
                   "clipped": numbers(clip_boxes_to_image(outside, (40, 60)))}
fixture["scale"] = {"boxes": numbers(first), "from": [48, 64], "to": [37, 101],
                    "scaled": numbers(resize_boxes(first, [48, 64], [37, 101]))}

cases = []
for weights in [(1.0, 1.0, 1.0, 1.0), (10.0, 10.0, 5.0, 5.0)]:
    coder = BoxCoder(weights)
    proposals, truth = boxes_of(11, 90, 70), boxes_of(11, 90, 70)
    deltas = torch.randn(11, 8, generator=random) * 3
    deltas[0] = 40.0  # beyond the clamp
    cases.append({
        "weights": weights, "boxes": numbers(proposals), "targets": numbers(truth), "deltas": numbers(deltas),
        "encoded": numbers(coder.encode_single(truth, proposals)),
        "decoded": numbers(coder.decode_single(deltas, proposals)),
    })
fixture["coder"] = cases

cases = []
for sizes, ratios, image, grids in [
    ([[32], [64], [128]], [0.5, 1.0, 2.0], (64, 96), [(16, 24), (8, 12), (4, 6)]),
    ([[9, 15]], [0.3, 0.5, 1.0, 1.7], (50, 67), [(7, 9)]),
    ([[5], [7]], [1.0], (33, 31), [(5, 4), (3, 2)]),
]:
    generator = AnchorGenerator(tuple(map(tuple, sizes)), (tuple(ratios),) * len(sizes))
    maps = [torch.zeros(1, 1, *grid) for grid in grids]
    anchors = generator(ImageList(torch.zeros(1, 3, *image), [image]), maps)[0]
    cases.append({"sizes": sizes, "ratios": ratios, "image": image, "grids": grids,
                  "count": len(anchors), "some": numbers(anchors[::7])})
fixture["anchors"] = cases

cases = []
for high, low, low_quality, truth_count in [(0.7, 0.3, True, 6), (0.5, 0.5, False, 6), (0.7, 0.3, False, 1), (0.6, 0.2, True, 25)]:
    truth, boxes = boxes_of(truth_count, 64, 64, 2), boxes_of(150, 64, 64, 2)
    boxes[10:10 + truth_count] = truth  # an object that nothing overlaps would claim every box
    boxes[10:10 + truth_count, 2:] += 2
    matches = Matcher(high, low, low_quality)(box_iou(truth, boxes))
    cases.append({"high": high, "low": low, "allowLowQuality": low_quality, "truth": numbers(truth),
                  "boxes": numbers(boxes), "matches": integers(matches)})
fixture["matcher"] = cases

cases = []
for count, groups, threshold, step in [(250, 1, 0.5, 0.25), (250, 1, 0.7, 4), (400, 9, 0.5, 0.25), (400, 80, 0.3, 4), (1300, 5, 0.7, 1)]:
    boxes = boxes_of(count, 100, 80, step)
    scores = torch.rand(count, generator=random)
    if count <= 1000:  # beyond that torchvision sorts without keeping the order of ties
        scores = (scores * 60).round() / 60
    labels = torch.randint(0, groups, (count,), generator=random)
    kept = nms(boxes, scores, threshold) if groups == 1 else batched_nms(boxes, scores, labels, threshold)
    cases.append({"threshold": threshold, "boxes": numbers(boxes), "scores": numbers(scores),
                  "labels": integers(labels), "groups": groups, "kept": integers(kept)})
fixture["suppression"] = cases

boxes = torch.cat([boxes_of(40, 1300, 800), torch.tensor([[0., 0., 224., 224.], [0., 0., 112., 112.], [5., 5., 5., 9.], [0., 0., 448., 448.]])])
fixture["levels"] = {"boxes": numbers(boxes), "levels": integers(LevelMapper(2, 5)([boxes])),
                     "coarser": integers(LevelMapper(3, 5)([boxes]))}
fixture["made with"] = {"torch": torch.__version__, "torchvision": torchvision.__version__}

Path(__file__).with_name("box_primitives.json").write_text(json.dumps(fixture, indent=1) + "\n")
