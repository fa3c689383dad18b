"""The peer torchvision: a training step of its Mask R-CNN, from the same weights, on the same batch.

    python3 torchvision_detector_step.py --probe
    python3 torchvision_detector_step.py REQUEST

REQUEST is JSON: file (safetensors), threads, warmUp, steps, channelsLast. Prints one line of JSON: a
measurement as in core/results/speed_result.ts, or with --probe the versions. Needs torch and torchvision.

The file holds the weights by torchvision's names, `input/images` [B, 3, H, W] (0 to 255), and for each
image b `input/boxes/b` [N, 4], `input/labels/b` [N] (from 1) and `input/masks/b` [N, H, W].
"""

import json
import sys

import torch
import torchvision
from torchvision.models.detection import MaskRCNN
from torchvision.models.detection.backbone_utils import resnet_fpn_backbone

from pytorch_step import read_safetensors
from timing import run, time_steps


def build_model(tensors, settings, height, width):
    """torchvision's own Mask R-CNN: frozen BatchNorm, stem and first stage frozen, as published."""
    backbone = resnet_fpn_backbone(
        backbone_name=settings["backbone"], weights=None, trainable_layers=3
    )
    model = MaskRCNN(
        backbone,
        num_classes=settings["classes"] + 1,
        min_size=min(height, width),
        max_size=max(height, width),
        image_mean=settings["mean"],
        image_std=settings["std"],
        rpn_pre_nms_top_n_train=settings["preNmsTopN"],
        rpn_post_nms_top_n_train=settings["postNmsTopN"],
        box_batch_size_per_image=settings["boxSamples"],
    )
    weights = {name: t for name, t in tensors.items() if not name.startswith("input/")}
    missing, unexpected = model.load_state_dict(weights, strict=False)
    missing = [name for name in missing if not name.endswith("num_batches_tracked")]
    if missing or unexpected:
        raise SystemExit(f"weights differ: missing {missing}, unexpected {unexpected}")
    return model


def read_targets(tensors, batch):
    return [
        {
            "boxes": tensors[f"input/boxes/{index}"],
            "labels": tensors[f"input/labels/{index}"].to(torch.int64),
            "masks": tensors[f"input/masks/{index}"].to(torch.uint8),
        }
        for index in range(batch)
    ]


def measure(request):
    torch.manual_seed(0)
    torch.set_num_threads(request["threads"])
    torch.set_num_interop_threads(1)
    tensors, metadata = read_safetensors(request["file"])
    settings = json.loads(metadata["settings"])
    images = tensors["input/images"]
    batch, _, height, width = images.shape
    layout = torch.channels_last if request.get("channelsLast") else torch.contiguous_format
    model = build_model(tensors, settings, height, width).to(memory_format=layout).train()
    pixels = [image / 255 for image in images]
    targets = read_targets(tensors, batch)
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(
        parameters, lr=settings["learningRate"], weight_decay=settings["weightDecay"]
    )

    def step():
        losses = model(pixels, targets)
        loss = sum(losses.values())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, settings["clipNorm"])
        optimizer.step()
        return loss.item()

    return time_steps(
        step,
        request,
        batch,
        {**versions(), "memory_format": str(layout).removeprefix("torch.")},
    )


def versions():
    return {
        "python": sys.version.split()[0],
        "torch": torch.__version__,
        "torchvision": torchvision.__version__,
    }


if __name__ == "__main__":
    run(measure, versions)
