"""The peer PyTorch: the same step, from the same weights, on the same batch.

    python3 pytorch_step.py --probe
    python3 pytorch_step.py REQUEST

REQUEST is JSON: kind ("training" or "evaluation"), model, file (safetensors), threads, warmUp, steps,
channelsLast, replicas. Prints one line of JSON: a measurement as in core/results/speed_result.ts, or with --probe
the versions. Needs torch and torchvision; safetensors are read here, in a few lines.
"""

import copy
import json
import struct
import sys

import torch
import torch.nn.functional as functional
import torchvision

from timing import run, time_steps


def read_safetensors(path):
    """Tensors (float32) and metadata of a file."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = bytearray(file.read())
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        if begin == end:
            continue
        part = torch.frombuffer(data, dtype=torch.float32, count=(end - begin) // 4, offset=begin)
        tensors[name] = part.reshape(entry["shape"]).clone()
    return tensors, metadata


class FirstMasks(torch.nn.Module):
    """torchvision's stochastic depth, with given masks at its first calls."""

    def __init__(self, module, masks):
        super().__init__()
        self.module = module
        self.masks = list(masks)

    def forward(self, x):
        if self.training and self.masks:
            return x * self.masks.pop(0)
        return self.module(x)


def build_model(request, tensors, settings, dimension):
    """torchvision's model with the distillation head in place of its classifier."""
    model = torchvision.models.get_model(request["model"], weights=None)
    parent_name, _, leaf = settings["headName"].rpartition(".")
    parent = model.get_submodule(parent_name)
    width = model.get_submodule(settings["headName"]).in_features
    head = torch.nn.Sequential(
        torch.nn.Linear(width, width), torch.nn.ReLU(), torch.nn.Linear(width, dimension)
    )
    setattr(parent, leaf, head)
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    weights = {
        name: tensor
        for name, tensor in tensors.items()
        if not name.startswith(("input/", "state/", "dropout/"))
    }
    missing, unexpected = model.load_state_dict(weights, strict=False)
    missing = [name for name in missing if not name.endswith("num_batches_tracked")]
    if missing or unexpected:
        raise SystemExit(f"weights differ: missing {missing}, unexpected {unexpected}")
    for name, module in list(model.named_modules()):
        mask = tensors.get(f"dropout/{name}")
        if mask is not None:
            owner, _, leaf = name.rpartition(".")
            masks = mask.chunk(request.get("replicas", 1))
            setattr(model.get_submodule(owner), leaf, FirstMasks(module, masks))
    return model


def soft_cross_entropy(student, teacher, temperatures):
    target = functional.softmax(teacher / temperatures["teacher"], dim=1)
    scores = functional.log_softmax(student / temperatures["student"], dim=1)
    return -(target * scores).sum(dim=1).mean()


class Lgd:
    """The loss of LGD with its visual bank (official code, clipdistiller.py)."""

    def __init__(self, tensors, settings):
        self.text = tensors["state/text"]
        self.bank = tensors["state/bank"].clone()
        self.visited = tensors["state/visited"].reshape(-1) > 0
        self.settings = settings

    def loss(self, student, teacher):
        temperatures = self.settings["temperatures"]
        text = teacher @ self.text.T
        textual = soft_cross_entropy(student @ self.text.T, text, temperatures)

        def visual_logits(z):
            return torch.cat([(z * teacher).sum(dim=1, keepdim=True), z @ self.bank.T], dim=1)

        visual = soft_cross_entropy(visual_logits(student), visual_logits(teacher), temperatures)
        self.next = self.updated_bank(teacher, text)
        return 0.5 * visual + 0.5 * textual

    @torch.no_grad()
    def updated_bank(self, teacher, text):
        assigned = text.argmax(dim=1)
        bank, visited = self.bank.clone(), self.visited.clone()
        momentum = self.settings["bankMomentum"]
        for index in assigned.unique():
            mean = teacher[assigned == index].mean(dim=0)
            if visited[index]:
                mean = momentum * bank[index] + (1 - momentum) * mean
            bank[index] = mean
            visited[index] = True
        return bank, visited

    def update(self):
        self.bank, self.visited = self.next


def measure(request):
    torch.set_num_threads(request["threads"])
    torch.set_num_interop_threads(1)
    tensors, metadata = read_safetensors(request["file"])
    settings = json.loads(metadata["settings"])
    teacher = tensors["input/teacher"]
    layout = torch.channels_last if request.get("channelsLast") else torch.contiguous_format
    model = build_model(request, tensors, settings, teacher.shape[1]).to(memory_format=layout)
    images = tensors["input/images"].to(torch.uint8)
    mean = torch.tensor(settings["mean"]).reshape(1, 3, 1, 1)
    std = torch.tensor(settings["std"]).reshape(1, 3, 1, 1)

    def embed(images=images):
        pixels = (images.float() / 255 - mean) / std
        return functional.normalize(model(pixels.contiguous(memory_format=layout)), dim=1)

    if request["kind"] == "evaluation":
        model.eval()

        @torch.inference_mode()
        def step():
            return embed().abs().mean().item()

    else:
        model.train()
        method = Lgd(tensors, settings)
        optimizer = torch.optim.SGD(
            model.parameters(),
            lr=settings["learningRate"],
            momentum=settings["momentum"],
            weight_decay=settings["weightDecay"],
        )

        def step():
            loss = method.loss(embed(), teacher)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            method.update()
            return loss.item()

    values = []
    if request.get("replicas", 1) > 1:
        # What is compared is the loss of the replicas, each with BatchNorm statistics of its own; the
        # steps that are timed are PyTorch's usual ones, over the whole batch.
        state = copy.deepcopy(model.state_dict())
        parts = zip(images.chunk(request["replicas"]), teacher.chunk(request["replicas"]))
        with torch.no_grad():
            losses = [method.loss(embed(part), target).item() for part, target in parts]
        values.append(sum(losses) / len(losses))
        model.load_state_dict(state)
    return time_steps(
        step,
        request,
        images.shape[0],
        {**versions(), "memory_format": str(layout).removeprefix("torch.")},
        values,
    )


def versions():
    return {
        "python": sys.version.split()[0],
        "torch": torch.__version__,
        "torchvision": torchvision.__version__,
    }


if __name__ == "__main__":
    run(measure, versions)
