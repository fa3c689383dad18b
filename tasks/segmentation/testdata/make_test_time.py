"""Known answers for test_time_parity_test.ts: windows, sizes and mirroring at test time, float64.

    pip install torch torchvision
    python make_test_time.py > test_time.jsonl

Written after mmsegmentation 0.19 (`EncoderDecoder.slide_inference`, `whole_inference`, `inference` and
`aug_test`): logits of windows are averaged and brought to the size of the image, become probabilities, are
turned back where the image was mirrored, and are averaged. The model is one convolution with stride 2 by
formula (students/testdata). Images are resized as mmcv does, bilinear without antialiasing, to whole bytes.
Each line has the classes of all pixels.
"""

import json
import os
import sys

import torch
from torch.nn import functional as F

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "../../../students/testdata"))
from make_pytorch_parity import hashes, uniform  # noqa: E402

torch.set_num_threads(1)
HEIGHT, WIDTH, CLASSES = 26, 37, 5
WEIGHT = uniform("test time weight", [CLASSES, 3, 3, 3], -2, 2).double()
BIAS = uniform("test time bias", [CLASSES], -1, 1).double()
PIXELS = (hashes("test time image", HEIGHT * WIDTH * 3) >> 24).reshape(HEIGHT, WIDTH, 3)

CASES = [
    {"scales": [1], "flip": False},
    {"scales": [1], "flip": False, "crop": [16, 24], "stride": [11, 16]},
    {"scales": [0.75, 1, 1.5], "flip": True},
    {"scales": [0.5, 1, 1.75], "flip": True, "crop": [16, 24], "stride": [11, 16]},
]


def resize(x, size, align_corners):
    return F.interpolate(x, size=size, mode="bilinear", align_corners=align_corners)


def encode_decode(image, align_corners):
    logits = F.conv2d(image / 255, WEIGHT, BIAS, stride=2, padding=1)
    return resize(logits, image.shape[2:], align_corners)


def slide_inference(image, crop, stride, align_corners):
    (h_crop, w_crop), (h_stride, w_stride) = crop, stride
    h_img, w_img = image.shape[2:]
    h_grids = max(h_img - h_crop + h_stride - 1, 0) // h_stride + 1
    w_grids = max(w_img - w_crop + w_stride - 1, 0) // w_stride + 1
    preds = image.new_zeros((1, CLASSES, h_img, w_img))
    count = image.new_zeros((1, 1, h_img, w_img))
    for h_idx in range(h_grids):
        for w_idx in range(w_grids):
            y2, x2 = min(h_idx * h_stride + h_crop, h_img), min(w_idx * w_stride + w_crop, w_img)
            y1, x1 = max(y2 - h_crop, 0), max(x2 - w_crop, 0)
            preds[:, :, y1:y2, x1:x2] += encode_decode(image[:, :, y1:y2, x1:x2], align_corners)
            count[:, :, y1:y2, x1:x2] += 1
    return preds / count


def probabilities(case, align_corners):
    image = PIXELS.permute(2, 0, 1)[None].double()
    total = 0
    for scale in case["scales"]:
        size = [int(HEIGHT * scale + 0.5), int(WIDTH * scale + 0.5)]
        scaled = torch.floor(resize(image, size, False) + 0.5)
        for flip in [False, True] if case["flip"] else [False]:
            seen = scaled.flip(3) if flip else scaled
            if "crop" in case:
                logits = slide_inference(seen, case["crop"], case["stride"], align_corners)
            else:
                logits = encode_decode(seen, align_corners)
            output = torch.softmax(resize(logits, (HEIGHT, WIDTH), align_corners), dim=1)
            total = total + (output.flip(3) if flip else output)
    return total


for case in CASES:
    for align_corners in [False, True]:
        total = probabilities(case, align_corners)
        best = total.topk(2, dim=1).values
        # Rounding must not decide: the best class is ahead of the second everywhere.
        assert (best[:, 0] - best[:, 1]).min() > 1e-5, (case, (best[:, 0] - best[:, 1]).min())
        classes = "".join(str(value) for value in total.argmax(dim=1).flatten().tolist())
        print(json.dumps({**case, "alignCorners": align_corners, "classes": classes}))
