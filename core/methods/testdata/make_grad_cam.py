"""Known answers for grad_cam_test.ts: Grad-CAM of a small network by PyTorch's own gradients.

    pip install torch
    python make_grad_cam.py > grad_cam.json

Two convolutions with BatchNorm in evaluation form, the head of a distilled student, unit vectors; the score
is the cosine with a text. Kept: weights, images, texts, scores, gradients of the scores with respect to the
last map, channel weights, maps, and maps enlarged to the size of the image.
"""

import json

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(10)
torch.set_default_dtype(torch.float64)
BATCH, SIZE, DIMENSION = 2, 12, 5
MEAN = torch.tensor([0.48145466, 0.4578275, 0.40821073]).reshape(1, 3, 1, 1)
STD = torch.tensor([0.26862954, 0.26130258, 0.27577711]).reshape(1, 3, 1, 1)

conv1, bn1 = nn.Conv2d(3, 4, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(4)
conv2, bn2 = nn.Conv2d(4, 6, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(6)
fc0, fc2 = nn.Linear(6, 6), nn.Linear(6, DIMENSION)
modules = {"conv1": conv1, "bn1": bn1, "conv2": conv2, "bn2": bn2, "fc.0": fc0, "fc.2": fc2}
for bn in (bn1, bn2):
    bn.weight.data.uniform_(0.5, 1.5)
    bn.bias.data.uniform_(-0.2, 0.4)
    bn.running_mean.uniform_(-0.3, 0.3)
    bn.running_var.uniform_(0.5, 1.5)
weights = {}
for name, module in modules.items():
    module.eval()
    for key, value in module.state_dict().items():
        if key == "num_batches_tracked":
            continue
        # What the test reads is what PyTorch computes with: float32 numbers.
        value.copy_(value.float().double())
        weights[f"{name}.{key}"] = {"shape": list(value.shape), "data": value.flatten().tolist()}

images = torch.randint(0, 256, (BATCH, 3, SIZE, SIZE))
texts = F.normalize(torch.randn(BATCH, DIMENSION), dim=1).float().double()
x = (images / 255 - MEAN) / STD
first = F.relu(bn1(conv1(x)))
last = F.relu(bn2(conv2(first)))
last.retain_grad()
embedding = F.normalize(fc2(F.relu(fc0(last.mean((2, 3))))), dim=1)
scores = (embedding * texts).sum(1)
scores.sum().backward()
alpha = last.grad.mean((2, 3), keepdim=True)
maps = F.relu((alpha * last).sum(1))
large = F.interpolate(maps[:, None], size=(SIZE, SIZE), mode="bilinear", align_corners=False)[:, 0]
assert (maps > 0).any((1)).any(1).all() and (maps == 0).any()


def listed(tensor):
    return [round(value, 9) for value in tensor.detach().flatten().tolist()]


print(json.dumps({
    "batch": BATCH, "size": SIZE, "dimension": DIMENSION, "weights": weights,
    "images": images.flatten().tolist(), "texts": texts.flatten().tolist(),
    "scores": listed(scores), "gradient": listed(last.grad), "alpha": listed(alpha),
    "maps": listed(maps), "large": listed(large), "side": last.shape[2],
}))
