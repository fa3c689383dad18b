"""The peer PyTorch for segmentation: a training step of the same model, weights and batch.

    python3 smp_segmenter_step.py --probe
    python3 smp_segmenter_step.py REQUEST

REQUEST is JSON: file (safetensors), threads, warmUp, steps, channelsLast. Prints one line of JSON: a
measurement as in core/results/speed_result.ts, or with --probe the versions. Needs torch, torchvision and
segmentation_models_pytorch.

The file holds the weights by the models' names, `input/images` [B, 3, H, W] (0 to 255) and `input/labels`
[B, H, W].
"""

import json
import sys

import segmentation_models_pytorch as smp
import torch
import torch.nn.functional as functional
import torchvision
from torchvision.models.segmentation.fcn import FCNHead

from pytorch_step import read_safetensors
from timing import run, time_steps


class Fcn(torch.nn.Module):
    """torchvision's FCN head on an encoder of segmentation_models_pytorch, which dilates any ResNet."""

    def __init__(self, settings):
        super().__init__()
        self.backbone = smp.encoders.get_encoder(settings["encoder"], weights=None)
        self.backbone.make_dilated(output_stride=settings["outputStride"])
        self.classifier = FCNHead(self.backbone.out_channels[-1], settings["classes"])

    def forward(self, x):
        y = self.classifier(self.backbone(x)[-1])
        return functional.interpolate(y, size=x.shape[-2:], mode="bilinear", align_corners=False)


def build_model(tensors, settings):
    if settings["head"] == "fcn":
        model = Fcn(settings)
    else:
        model = smp.DeepLabV3Plus(
            settings["encoder"],
            encoder_weights=None,
            classes=settings["classes"],
            encoder_output_stride=settings["outputStride"],
        )
    for module in model.modules():
        if isinstance(module, (torch.nn.Dropout, torch.nn.Dropout2d)):
            module.p = 0.0
    weights = {name: t for name, t in tensors.items() if not name.startswith("input/")}
    missing, unexpected = model.load_state_dict(weights, strict=False)
    missing = [name for name in missing if not name.endswith("num_batches_tracked")]
    if missing or unexpected:
        raise SystemExit(f"weights differ: missing {missing}, unexpected {unexpected}")
    return model


def measure(request):
    torch.manual_seed(0)
    torch.set_num_threads(request["threads"])
    torch.set_num_interop_threads(1)
    tensors, metadata = read_safetensors(request["file"])
    settings = json.loads(metadata["settings"])
    layout = torch.channels_last if request.get("channelsLast") else torch.contiguous_format
    model = build_model(tensors, settings).to(memory_format=layout).train()
    mean, std = (torch.tensor(settings[key]).reshape(1, 3, 1, 1) for key in ("mean", "std"))
    images = tensors["input/images"].to(torch.uint8)
    labels = tensors["input/labels"].to(torch.int64)
    optimizer = torch.optim.SGD(
        model.parameters(),
        lr=settings["learningRate"],
        momentum=settings["momentum"],
        weight_decay=settings["weightDecay"],
    )

    def step():
        pixels = ((images.float() / 255 - mean) / std).contiguous(memory_format=layout)
        loss = functional.cross_entropy(model(pixels), labels, ignore_index=settings["ignored"])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        return loss.item()

    return time_steps(
        step,
        request,
        len(images),
        {**versions(), "memory_format": str(layout).removeprefix("torch.")},
    )


def versions():
    return {
        "python": sys.version.split()[0],
        "torch": torch.__version__,
        "torchvision": torchvision.__version__,
        "segmentation_models_pytorch": smp.__version__,
    }


if __name__ == "__main__":
    run(measure, versions)
