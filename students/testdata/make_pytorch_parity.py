"""Known answers for pytorch_parity_test.ts: one LGD step of torchvision's models in float64.

    pip install torch torchvision safetensors
    python make_pytorch_parity.py resnet18 mobilenet_v2 > pytorch_parity.jsonl
    python make_pytorch_parity.py resnet50 mobilenet_v3_large efficientnet_b0 > pytorch_parity_large.jsonl
    python make_pytorch_parity.py --names resnet34 efficientnet_b1 > torchvision_names.jsonl

Nothing large is stored: weights, images and banks are made by formula here and in formula.ts, and of
each gradient the norm, four projections on vectors of ±1 and four elements are kept. Where PyTorch is
installed, every element can be compared:

    deno run -A write_parity.ts PREFIX resnet18 && python make_pytorch_parity.py --compare PREFIX resnet18

The LGD loss is written here from the method's description (protocol of the official code): positive
prepended, alpha 0.5, bank as it was before the step.
"""

import json
import sys

import torch
import torchvision
from torch import nn

torch.set_num_threads(1)

BATCH, SIZE, DIMENSION, CLASSES = 4, 64, 32, 20
STUDENT_TEMPERATURE, TEACHER_TEMPERATURE = 0.2, 0.05
MEAN = (0.48145466, 0.4578275, 0.40821073)
STD = (0.26862954, 0.26130258, 0.27577711)


def hashes(name, count):
    """32-bit hashes of (name, index), as int64; the same integers as in formula.ts."""
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x01000193) & 0xFFFFFFFF
    x = (torch.arange(count, dtype=torch.int64) * 0x9E3779B1 + seed) & 0xFFFFFFFF
    for _ in range(2):
        x = ((x ^ (x >> 16)) * 0x45D9F3B) & 0xFFFFFFFF
    return x ^ (x >> 16)


def uniform(name, shape, low, high):
    """float32 numbers in [low, high), made in float64 and rounded once."""
    count = 1
    for length in shape:
        count *= length
    values = low + (high - low) * (hashes(name, count).double() / 2**32)
    return values.float().reshape(shape)


# Ranges of BatchNorm's weight and bias. Among the millions of numbers that ResNet-50 gives to ReLUs,
# some are within rounding of 0 whatever the images, and one of them on the other side changes
# gradients by 1 %: with these ranges no number comes near 0. MobileNetV3's activations grow to 1,300
# at evaluation with the usual ranges, and its gates then turn a rounding error into 3e-5.
USUAL_RANGES = {"weight": (0.5, 1.5), "bias": (-0.2, 0.2)}
RANGES = {
    "resnet50": {"weight": (0.1, 0.2), "bias": (1.0, 1.5)},
    "mobilenet_v3_large": {"weight": (0.25, 0.75), "bias": (-0.2, 0.2)},
}


def tensor_by_formula(name, shape, ranges):
    if name.endswith(".running_mean"):
        return uniform(name, shape, -0.2, 0.2)
    if name.endswith(".running_var"):
        return uniform(name, shape, 0.5, 1.5)
    if name.endswith(".weight") and len(shape) == 1:
        return uniform(name, shape, *ranges["weight"])
    if name.endswith(".bias"):
        return uniform(name, shape, *ranges["bias"])
    fan_in = 1
    for length in shape[1:]:
        fan_in *= length
    bound = (6 / fan_in) ** 0.5
    return uniform(name, shape, -bound, bound)


class FixedDropout(nn.Module):
    """Dropout of 0.2 whose mask is made by formula."""

    def forward(self, x):
        if not self.training:
            return x
        return x * torch.where(uniform("dropout", x.shape, 0, 1) < 0.2, 0.0, 1.25).to(x.dtype)


class FixedStochasticDepth(nn.Module):
    """torchvision's StochasticDepth(p, "row") whose mask is made by formula."""

    def __init__(self, name, p):
        super().__init__()
        self.name, self.p = name, p

    def forward(self, x):
        if not self.training or self.p == 0:
            return x
        dropped = uniform(f"dropout {self.name}", (len(x), 1, 1, 1), 0, 1).double() < self.p
        return x * torch.where(dropped, 0.0, 1 / (1 - self.p)).to(x.dtype)


def head(width):
    return nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, DIMENSION))


def build(name):
    model = getattr(torchvision.models, name)()
    names = [[key, list(value.shape)] for key, value in model.state_dict().items()]
    if name.startswith("resnet"):
        model.fc = head(model.fc.in_features)
    else:
        model.classifier[-1] = head(model.classifier[-1].in_features)
    for path, module in list(model.named_modules()):
        fixed = None
        if isinstance(module, nn.Dropout):
            fixed = FixedDropout()
        elif isinstance(module, torchvision.ops.StochasticDepth):
            fixed = FixedStochasticDepth(path, module.p)
        if fixed:
            parent, _, child = path.rpartition(".")
            setattr(model.get_submodule(parent), child, fixed)
    model = model.double()
    ranges = RANGES.get(name, USUAL_RANGES)
    with torch.no_grad():
        for key, value in model.state_dict().items():
            if not key.endswith("num_batches_tracked"):
                value.copy_(tensor_by_formula(key, list(value.shape), ranges))
    return model, names


# A number within rounding of a kink of a ReLU or ReLU6 would fall on either side of it and change
# gradients by per cents. Of tens of thousands of batches these stay farthest from all kinks (2e-5 for
# ResNet-18, 6e-6 for MobileNetV2).
IMAGES = {"resnet18": 13224, "mobilenet_v2": 13792}


def images(name):
    pixels = (hashes(f"images {IMAGES.get(name, 7)}", BATCH * 3 * SIZE * SIZE) >> 24).reshape(BATCH, 3, SIZE, SIZE).double()
    mean = torch.tensor(MEAN, dtype=torch.float64).reshape(1, 3, 1, 1)
    std = torch.tensor(STD, dtype=torch.float64).reshape(1, 3, 1, 1)
    return (pixels / 255 - mean) / std


def cross_entropy(student, teacher):
    target = torch.softmax(teacher / TEACHER_TEMPERATURE, dim=1)
    return -(target * torch.log_softmax(student / STUDENT_TEMPERATURE, dim=1)).sum() / len(student)


def lgd_loss(z_student, dtype):
    bound = (3 / DIMENSION) ** 0.5
    z_teacher = uniform("teacher", (BATCH, DIMENSION), -bound, bound).to(dtype)
    text = uniform("text", (CLASSES, DIMENSION), -bound, bound).to(dtype)
    bank = uniform("bank", (CLASSES, DIMENSION), -bound, bound).to(dtype)

    def visual(z):
        return torch.cat([(z * z_teacher).sum(1, keepdim=True), z @ bank.T], dim=1)

    l_visual = cross_entropy(visual(z_student), visual(z_teacher))
    l_textual = cross_entropy(z_student @ text.T, z_teacher @ text.T)
    return 0.5 * l_visual + 0.5 * l_textual, l_visual, l_textual


def embed(model, x):
    return nn.functional.normalize(model(x), dim=1)


def train_step(name, dtype):
    model, names = build(name)
    model = model.to(dtype).train()
    loss, visual, textual = lgd_loss(embed(model, images(name).to(dtype)), dtype)
    loss.backward()
    return model, names, (loss.item(), visual.item(), textual.item())


def number(value):
    return float(f"{value:.9g}")


def summary(name, values):
    """Norm, projections on four vectors of ±1 (bits 8 to 11 of the hashes), four elements."""
    values = values.double().flatten()
    bits = hashes(f"projection {name}", len(values))
    signs = [1.0 - 2.0 * ((bits >> (8 + j)) & 1).double() for j in range(4)]
    places = [int(place) % len(values) for place in hashes(f"places {name}", 4)]
    return {
        "norm": number(values.norm().item()),
        "projections": [number((sign * values).sum().item()) for sign in signs],
        "elements": [number(values[place].item()) for place in places],
    }


def print_names(model_name, names):
    print(json.dumps({"model": model_name, "kind": "names", "names": names}))


def make(name):
    model, names, (loss, visual, textual) = train_step(name, torch.float64)
    print_names(name, names)
    model.eval()
    with torch.no_grad():
        # The running statistics are those after the step, the parameters those before it.
        embedding = embed(model, images(name))
    print(json.dumps({"model": name, "kind": "loss", "loss": loss, "visual": visual, "textual": textual}))
    print(json.dumps({"model": name, "kind": "evaluation", "embedding": [number(x) for x in embedding.flatten().tolist()]}))
    for key, parameter in model.named_parameters():
        print(json.dumps({"model": name, "kind": "gradient", "name": key, **summary(key, parameter.grad)}))
    for key, buffer in model.named_buffers():
        if not key.endswith("num_batches_tracked"):
            print(json.dumps({"model": name, "kind": "buffer", "name": key, **summary(key, buffer)}))


def distance(actual, expected, floor):
    actual, expected = actual.double().flatten(), expected.double().flatten()
    if expected.norm() < floor:
        # BatchNorm after a 1x1 convolution takes away what a bias before it adds: the true gradient
        # is zero, and what float32 leaves of it has no direction.
        return ((actual - expected).norm() / floor).item(), 1.0
    relative = ((actual - expected).norm() / expected.norm()).item()
    cosine = (actual @ expected / (actual.norm() * expected.norm())).item()
    return relative, cosine


def compare(prefix, model_names):
    """Compares every gradient with those that write_parity.ts wrote; fails where one is too far."""
    from safetensors import deserialize

    def read(path):
        with open(path, "rb") as file:
            return {
                key: torch.frombuffer(bytearray(entry["data"]), dtype=torch.float32).reshape(entry["shape"])
                for key, entry in deserialize(file.read())
            }

    failed = False
    for name in model_names:
        model, _, losses = train_step(name, torch.float64)
        expected = {key: parameter.grad for key, parameter in model.named_parameters()}
        expected |= {k: b for k, b in model.named_buffers() if not k.endswith("num_batches_tracked")}
        floor = 1e-3 * max(p.grad.norm().item() for p in model.parameters())
        single, _, single_losses = train_step(name, torch.float32)
        candidates = {"PyTorch float32": ({k: p.grad for k, p in single.named_parameters()} | dict(single.named_buffers()), single_losses[0])}
        for layout in ("nchw", "chwn"):
            tensors = read(f"{prefix}-{name}-{layout}.safetensors")
            candidates[layout] = (tensors, tensors.pop("loss").item())
        for label, (tensors, loss) in candidates.items():
            worst = {"gradient": (0.0, 1.0, ""), "buffer": (0.0, 1.0, "")}
            for key, value in expected.items():
                kind = "buffer" if ".running_" in key else "gradient"
                relative, cosine = distance(tensors[key], value, floor if kind == "gradient" else 0)
                worst[kind] = max(worst[kind], (relative, cosine, key))
            gradient, buffer = worst["gradient"], worst["buffer"]
            loss_error = abs(loss / losses[0] - 1)
            print(f"{name} {label}: loss {loss_error:.1e}, worst gradient {gradient[0]:.1e} (cosine {gradient[1]:.8f}, {gradient[2]}), worst running statistic {buffer[0]:.1e}")
            failed |= loss_error > 1e-5 or gradient[0] > 1e-3 or gradient[1] < 0.9999 or buffer[0] > 1e-5
    sys.exit(1 if failed else 0)


if sys.argv[1:2] == ["--compare"]:
    compare(sys.argv[2], sys.argv[3:])
elif sys.argv[1:2] == ["--names"]:
    for model_name in sys.argv[2:]:
        print_names(model_name, build(model_name)[1])
else:
    for model_name in sys.argv[1:]:
        make(model_name)
