"""The peer PyTorch: a whole epoch of distillation with a live teacher.

    python3 pytorch_epoch.py --probe
    python3 pytorch_epoch.py REQUEST

REQUEST is JSON: model, folder (photographs), imageSize, batchSize, threads, channelsLast, warmUp, steps.
Decodes and augments as MoCo v2 does in one worker of a DataLoader, embeds the views by a teacher of the
shape of CLIP's RN50 (random weights), trains the student by LGD with 1,000 anchors and writes its
weights. A "step" of the measurement is an epoch; the value is the loss of its last step.
"""

import json
import os
import sys
import tempfile
import time

import torch
import torch.nn.functional as functional
import torchvision
from torch import nn
from torch.utils.data import DataLoader

from pytorch_step import Lgd, versions
from torchvision_pipeline import Photographs, cpu_seconds, peak_bytes

dimension, anchors = 1024, 1000


class Bottleneck(nn.Module):
    """CLIP's: where a block strides, an average pooling stands before the last convolution."""

    def __init__(self, channels, width, stride):
        super().__init__()
        out = 4 * width
        self.body = nn.Sequential(
            nn.Conv2d(channels, width, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU(),
            nn.AvgPool2d(stride) if stride > 1 else nn.Identity(),
            nn.Conv2d(width, out, 1, bias=False), nn.BatchNorm2d(out),
        )
        self.shortcut = nn.Identity()
        if stride > 1 or channels != out:
            self.shortcut = nn.Sequential(
                nn.AvgPool2d(stride), nn.Conv2d(channels, out, 1, bias=False), nn.BatchNorm2d(out)
            )

    def forward(self, x):
        return functional.relu(self.body(x) + self.shortcut(x))


class AttentionPool(nn.Module):
    """The mean pixel asks, with positions, all pixels and itself (32 heads)."""

    def __init__(self, side, width, heads):
        super().__init__()
        self.positions = nn.Parameter(torch.randn(side * side + 1, width) / width**0.5)
        self.attention = nn.MultiheadAttention(width, heads, batch_first=True)
        self.output = nn.Linear(width, dimension)

    def forward(self, x):
        pixels = x.flatten(2).transpose(1, 2)
        tokens = torch.cat([pixels.mean(dim=1, keepdim=True), pixels], dim=1) + self.positions
        return self.output(self.attention(tokens[:, :1], tokens, tokens, need_weights=False)[0][:, 0])


class ClipResNet50(nn.Module):
    """The image tower of CLIP RN50 (Radford et al., 2021): 6.1 billion multiplications an image."""

    def __init__(self, side):
        super().__init__()
        stem, channels = [], 3
        for width, stride in ((32, 2), (32, 1), (64, 1)):
            stem += [nn.Conv2d(channels, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
            channels = width
        blocks = []
        for stage, count in enumerate((3, 4, 6, 3)):
            for index in range(count):
                stride = 2 if stage > 0 and index == 0 else 1
                blocks.append(Bottleneck(channels, 64 * 2**stage, stride))
                channels = 256 * 2**stage
        self.body = nn.Sequential(*stem, nn.AvgPool2d(2), *blocks)
        self.pool = AttentionPool(side // 32, channels, 32)

    def forward(self, x):
        return functional.normalize(self.pool(self.body(x)), dim=1)


def measure(request):
    torch.manual_seed(0)
    torch.set_num_threads(request["threads"])
    torch.set_num_interop_threads(1)
    teacher = ClipResNet50(request["imageSize"]).eval()
    student = torchvision.models.get_model(request["model"], weights=None)
    width = student.fc.in_features
    student.fc = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, dimension))
    memory_format = torch.channels_last if request["channelsLast"] else torch.contiguous_format
    teacher, student = teacher.to(memory_format=memory_format), student.to(memory_format=memory_format)
    student.train()
    unit = lambda: functional.normalize(torch.randn(anchors, dimension), dim=1)
    method = Lgd(
        {"state/text": unit(), "state/bank": unit(), "state/visited": torch.zeros(anchors, 1)},
        {"temperatures": {"student": 0.2, "teacher": 0.01}, "bankMomentum": 0.999},
    )
    optimizer = torch.optim.SGD(student.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4)
    batch, epochs = request["batchSize"], request["warmUp"] + request["steps"]
    count = len(os.listdir(request["folder"])) // batch * batch
    photographs = Photographs(request["folder"], request["imageSize"], count * epochs)
    batches = iter(DataLoader(photographs, batch_size=batch, num_workers=1))
    values, seconds, processor = [], [], cpu_seconds()
    with tempfile.TemporaryDirectory() as folder:
        for epoch in range(epochs):
            started = time.perf_counter()
            for _ in range(count // batch):
                images = next(batches).contiguous(memory_format=memory_format)
                with torch.inference_mode():
                    target = teacher(images)
                loss = method.loss(functional.normalize(student(images), dim=1), target.clone())
                optimizer.zero_grad(set_to_none=True)
                loss.backward()
                optimizer.step()
                method.update()
            torch.save(student.state_dict(), os.path.join(folder, "student.pt"))
            values.append(loss.item())
            if epoch >= request["warmUp"]:
                seconds.append(time.perf_counter() - started)
    # The worker is counted once it has ended, so all epochs count, the warm-up's too.
    del batches
    return {
        "seconds": seconds,
        "cpuSeconds": (cpu_seconds() - processor) / epochs,
        "peakBytes": peak_bytes(),
        "values": values,
        "images": count,
        "versions": versions(),
    }


if __name__ == "__main__":
    if sys.argv[1] == "--probe":
        print(json.dumps(versions()))
    else:
        print(json.dumps(measure(json.loads(sys.argv[1]))))
