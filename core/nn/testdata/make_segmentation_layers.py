"""Known answers for segmentation_layers_test.ts: PyTorch's layers in float64, output and gradients.

    pip install torch
    python make_segmentation_layers.py > segmentation_layers.jsonl
"""

import json

import torch
from torch.nn import functional as F

torch.manual_seed(0)


def numbers(*shape):
    """Random numbers that are short in decimals and exact in float32."""
    return torch.randint(-128, 129, shape).double() / 64


def flat(tensor):
    return [round(value, 6) for value in tensor.detach().flatten().tolist()]


def write(layer, arguments, inputs, output):
    """`inputs` by name; one whose gradient is asked for requires it."""
    cotangent = numbers(*output.shape)
    (output * cotangent).sum().backward()
    print(json.dumps({
        "layer": layer,
        "arguments": arguments,
        "inputs": {name: {"shape": list(x.shape), "data": flat(x)} for name, x in inputs.items()},
        "cotangent": flat(cotangent),
        "output": {"shape": list(output.shape), "data": flat(output)},
        "gradients": {name: flat(x.grad) for name, x in inputs.items() if x.requires_grad},
    }))


# Up by whole and broken factors, down, to and from one pixel, the same size.
for size, out in [((3, 4), (12, 16)), ((3, 4), (7, 9)), ((8, 9), (3, 4)), ((1, 1), (3, 5)),
                  ((5, 3), (1, 1)), ((4, 5), (4, 8)), ((4, 4), (4, 4)), ((2, 7), (9, 3))]:
    for align in (False, True):
        x = numbers(2, 3, *size).requires_grad_()
        y = F.interpolate(x, size=out, mode="bilinear", align_corners=align)
        write("resizeBilinear", {"size": out, "alignCorners": align}, {"x": x}, y)

for size, out in [((6, 12), (1, 1)), ((6, 12), (2, 2)), ((7, 5), (3, 3)), ((6, 12), (6, 6)),
                  ((4, 3), (6, 6))]:
    x = numbers(2, 3, *size).requires_grad_()
    write("adaptiveAveragePool", {"size": out}, {"x": x}, F.adaptive_avg_pool2d(x, out))

# Dilations within the map, wider than one axis, and wider than both; groups; no padding.
for shape, outs, kernel, dilation, padding, groups in [
    ((2, 3, 7, 9), 4, 3, 2, 2, 1), ((2, 3, 8, 6), 2, 3, 4, 4, 1), ((2, 3, 6, 12), 2, 3, 8, 8, 1),
    ((2, 3, 5, 6), 2, 3, 12, 12, 1), ((2, 4, 9, 8), 4, 3, 2, 2, 4), ((2, 4, 5, 7), 4, 3, 6, 6, 4),
    ((2, 4, 6, 6), 4, 3, 12, 12, 4), ((1, 4, 18, 8), 4, 3, 12, 12, 4), ((2, 3, 9, 9), 2, 5, 3, 6, 1),
    ((2, 3, 7, 7), 2, 3, 2, 0, 1), ((2, 3, 9, 6), 2, 5, 4, 8, 1),
]:
    x = numbers(*shape).requires_grad_()
    weight = numbers(outs, shape[1] // groups, kernel, kernel).requires_grad_()
    y = F.conv2d(x, weight, dilation=dilation, padding=padding, groups=groups)
    arguments = {"outChannels": outs, "kernel": kernel, "dilation": dilation, "padding": padding,
                 "groups": groups}
    write("conv2d", arguments, {"x": x, "layer.weight": weight}, y)


def hard_examples(logits, labels, threshold, kept):
    """mmsegmentation's OHEMPixelSampler with a threshold, averaged over what is kept."""
    valid = labels != 255
    own = logits.softmax(1).gather(1, labels.clamp(max=logits.shape[1] - 1)[:, None])[:, 0]
    ordered = own[valid].sort()[0]
    limit = max(ordered[min(kept, len(ordered) - 1)].item(), threshold)
    hard = valid & (own < limit)
    return F.cross_entropy(logits, labels, reduction="none", ignore_index=255)[hard].mean()


def labels_of(pixels, classes, ignored):
    labels = torch.randint(0, classes, (pixels,))
    labels[torch.rand(pixels) < ignored] = 255
    return labels


for ignored, weights, average, hard in [
    (0, None, "labelled", None), (0.3, None, "labelled", None), (1, None, "labelled", None),
    (0.3, [0.5, 2.0, 0.0, 1.25, 1.0], "labelled", None), (0.3, None, "all", None),
    (0.3, [0.5, 2.0, 0.0, 1.25, 1.0], "all", None),
    (0.2, None, "labelled", {"threshold": 0.3, "minimumKept": 4}),
    (0.2, None, "labelled", {"threshold": 0.001, "minimumKept": 12}),
]:
    logits = numbers(40, 5).requires_grad_()
    labels = labels_of(40, 5, ignored)
    if hard:
        loss = hard_examples(logits, labels, hard["threshold"], hard["minimumKept"])
    elif ignored == 1:
        loss = (logits * 0).sum()
    else:
        weight = torch.tensor(weights).double() if weights else None
        options = {"weight": weight, "ignore_index": 255}
        loss = F.cross_entropy(logits, labels, **options) if average == "labelled" else \
            F.cross_entropy(logits, labels, reduction="none", **options).mean()
    arguments = {"labels": labels.tolist(), "average": average}
    arguments |= {"classWeights": weights} if weights else {}
    arguments |= {"hardExamples": hard} if hard else {}
    write("pixelCrossEntropy", arguments, {"x": logits}, loss)
