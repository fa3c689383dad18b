"""Known answers of torchvision for proposals, targets and detections of one image.

    python make_detection.py        # torch 2.0.1, torchvision 0.15.2

Writes detection.json beside this file.
"""
import base64
import json
from pathlib import Path

import torch
from torchvision.ops import boxes as box_ops
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.roi_heads import RoIHeads
from torchvision.models.detection.rpn import RegionProposalNetwork
from torchvision.models.detection.transform import resize_boxes

random = torch.Generator().manual_seed(11)


def numbers(tensor):
    return base64.b64encode(tensor.detach().float().numpy().astype("<f4").tobytes()).decode()


def integers(tensor):
    return base64.b64encode(tensor.numpy().astype("<i4").tobytes()).decode()


def normal(*shape):
    return torch.randn(*shape, generator=random)


def boxes_of(count, width, height):
    corners = torch.rand(count, 2, generator=random) * torch.tensor([width * 0.8, height * 0.8])
    sizes = 2 + torch.rand(count, 2, generator=random) ** 2 * torch.tensor([width * 0.5, height * 0.5])
    return torch.cat([corners, corners + sizes], 1)


counts = [16 * 20 * 3, 8 * 10 * 3, 4 * 5 * 3]
anchors = torch.cat([
    (boxes_of(count, 80, 64) + normal(count, 1) * 3) for count in counts
])
objectness = normal(sum(counts)) * 3
deltas = normal(sum(counts), 4) * 0.5
deltas[40] = torch.tensor([0.0, 0.0, -30.0, -30.0])  # as good as empty

fixture = {"counts": counts, "anchors": numbers(anchors), "objectness": numbers(objectness), "deltas": numbers(deltas), "proposals": []}
for candidates, kept in [(1000, 1000), (120, 50)]:
    rpn = RegionProposalNetwork(
        AnchorGenerator(), None, 0.7, 0.3, 256, 0.5,
        {"training": candidates, "testing": candidates}, {"training": kept, "testing": kept}, 0.7,
    ).eval()
    decoded = rpn.box_coder.decode(deltas, [anchors]).view(1, -1, 4)
    boxes, _ = rpn.filter_proposals(decoded, objectness[None], [(60, 77)], counts)
    fixture["proposals"].append({"candidates": candidates, "kept": kept, "image": [60, 77], "boxes": numbers(boxes[0])})

truth, labels = boxes_of(7, 80, 64), torch.randint(1, 5, (7,), generator=random)
anchor_labels, matched = rpn.assign_targets_to_anchors([anchors], [{"boxes": truth}])
positive = torch.where(anchor_labels[0] > 0)[0]
fixture["anchorTargets"] = {
    "truth": numbers(truth), "labels": integers(labels - 1), "anchorLabels": integers(anchor_labels[0].int()),
    "deltas": numbers(rpn.box_coder.encode_single(matched[0][positive], anchors[positive])),
}

heads = RoIHeads(None, None, None, 0.5, 0.5, 10_000, 1.0, None, 0.05, 0.5, 100).eval()
proposals = torch.cat([boxes_of(150, 80, 64), truth[torch.arange(60) % 7] + normal(60, 4) * 1.5])
regions, matched, region_labels, region_deltas = heads.select_training_samples([proposals], [{"boxes": truth, "labels": labels}])
fixture["regionTargets"] = {
    "proposals": numbers(proposals), "regions": numbers(regions[0]), "labels": integers(region_labels[0]),
    "matched": integers(matched[0]), "deltas": numbers(region_deltas[0]),
}



def objects_of(logits, regression, proposals, image):
    """Class-agnostic detections: the most probable class's box by 1 - background, one NMS for all."""
    decoded = heads.box_coder.decode(regression, [proposals])
    probabilities = logits.softmax(-1)
    labels = probabilities[:, 1:].argmax(1) + 1
    boxes = box_ops.clip_boxes_to_image(decoded[torch.arange(len(labels)), labels], image)
    scores = 1 - probabilities[:, 0]
    kept = torch.where(scores > heads.score_thresh)[0]
    kept = kept[box_ops.remove_small_boxes(boxes[kept], 1e-2)]
    kept = kept[box_ops.nms(boxes[kept], scores[kept], 0.5)][: heads.detections_per_img]
    return {"boxes": numbers(boxes[kept]), "scores": numbers(scores[kept]), "labels": integers(labels[kept] - 1)}


fixture["detections"] = []
for count, classes, threshold, most in [(210, 4, 0.05, 100), (210, 12, 0.0001, 60), (90, 3, 0.3, 5)]:
    heads.score_thresh, heads.detections_per_img = threshold, most
    logits, regression = normal(count, classes + 1) * 2, normal(count, 4 * (classes + 1))
    boxes, scores, found = heads.postprocess_detections(logits, regression, [proposals[:count]], [(60, 77)])
    fixture["detections"].append({
        "count": count, "classes": classes, "threshold": threshold, "most": most, "image": [60, 77], "original": [120, 131],
        "logits": numbers(logits), "deltas": numbers(regression), "boxes": numbers(boxes[0]), "scores": numbers(scores[0]),
        "objects": objects_of(logits, regression, proposals[:count], (60, 77)),
        "labels": integers(found[0] - 1), "scaled": numbers(resize_boxes(boxes[0], [60, 77], [120, 131])),
    })
Path(__file__).with_name("detection.json").write_text(json.dumps(fixture, indent=1) + "\n")
