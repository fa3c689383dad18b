"""The peer of the input pipeline: torchvision's transforms on PIL images, the same recipe.

    python3 torchvision_pipeline.py --probe
    python3 torchvision_pipeline.py REQUEST

REQUEST is JSON: folder, and optionally imageSize, batchSize, threads, warmUp, steps. Decodes and
augments every photograph as MoCo v2 does (main_moco.py, moco/loader.py), to normalised tensors,
stacked to batches. With one thread in this process, with more in as many workers of a DataLoader.
Prints one line of JSON: a measurement as in core/results/speed_result.ts, or with --probe the versions.
"""

import json
import os
import random
import resource
import sys
import time

import PIL
import torch
import torchvision
from PIL import Image, ImageFilter
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms


class GaussianBlur:
    """moco/loader.py."""

    def __call__(self, image):
        return image.filter(ImageFilter.GaussianBlur(radius=random.uniform(0.1, 2.0)))


def recipe(size):
    return transforms.Compose(
        [
            transforms.RandomResizedCrop(size, scale=(0.2, 1.0)),
            transforms.RandomApply([transforms.ColorJitter(0.4, 0.4, 0.4, 0.1)], p=0.8),
            transforms.RandomGrayscale(p=0.2),
            transforms.RandomApply([GaussianBlur()], p=0.5),
            transforms.RandomHorizontalFlip(),
            transforms.ToTensor(),
            transforms.Normalize(
                (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
            ),
        ]
    )


class Photographs(Dataset):
    """Views of the files of a folder, again and again."""

    def __init__(self, folder, size, count):
        self.paths = [os.path.join(folder, name) for name in sorted(os.listdir(folder))]
        self.transform = recipe(size)
        self.count = count

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        # As torchvision.datasets.folder.pil_loader.
        with open(self.paths[index % len(self.paths)], "rb") as file:
            image = Image.open(file).convert("RGB")
        return self.transform(image)


def cpu_seconds():
    own = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def peak_bytes():
    kilobytes = max(
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return kilobytes * (1 if sys.platform == "darwin" else 1024)


def measure(request):
    torch.set_num_threads(1)
    random.seed(0)
    torch.manual_seed(0)
    threads = request.get("threads", 1)
    warm_up, steps = request.get("warmUp", 1), request.get("steps", 4)
    batch = min(request.get("batchSize", 64), len(os.listdir(request["folder"])))
    photographs = Photographs(
        request["folder"], request.get("imageSize", 224), batch * (warm_up + steps)
    )
    workers = 0 if threads == 1 else threads
    before = cpu_seconds()
    batches = iter(DataLoader(photographs, batch_size=batch, num_workers=workers))
    values = [next(batches).mean().item() for _ in range(warm_up)]
    if workers == 0:
        before = cpu_seconds()
    started = time.perf_counter()
    for _ in range(steps):
        values.append(next(batches).mean().item())
    seconds = (time.perf_counter() - started) / steps
    # Workers are counted once they have ended, with their warm-up.
    del batches
    counted = steps if workers == 0 else warm_up + steps
    return {
        # The workers of a DataLoader make whole batches, which come in bursts: only the mean counts.
        "seconds": [seconds] * steps,
        "cpuSeconds": (cpu_seconds() - before) / counted,
        "peakBytes": peak_bytes(),
        "values": values,
        "images": batch,
        "versions": versions(),
    }


def versions():
    return {
        "python": sys.version.split()[0],
        "torch": torch.__version__,
        "torchvision": torchvision.__version__,
        "pillow": PIL.__version__,
    }


if __name__ == "__main__":
    if sys.argv[1] == "--probe":
        print(json.dumps(versions()))
    else:
        result = measure(json.loads(sys.argv[1]))
        rate = result["images"] / result["cpuSeconds"]
        print(f"{rate:.0f} images/s per core", file=sys.stderr)
        print(json.dumps(result))
