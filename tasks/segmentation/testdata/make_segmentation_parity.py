"""Known answers for segmentation_parity_test.ts: one step and the logits of whole segmenters, float64.

    pip install torch torchvision segmentation_models_pytorch
    python make_segmentation_parity.py > segmentation_parity.jsonl

FCN and DeepLabV3 are torchvision's, PSPNet and DeepLabV3+ those of segmentation_models.pytorch. As for
the students, weights and images are made by formula (students/testdata), and of each tensor its norm,
four projections and four elements are kept.
"""

import json
import os
import sys

import torch
import torchvision
from torch import nn
from torch.nn import functional as F

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "../../../students/testdata"))
chosen, sys.argv[1:] = sys.argv[1:], []  # The students' script makes what its arguments name.
from make_pytorch_parity import MEAN, STD, hashes, summary, tensor_by_formula  # noqa: E402

torch.set_num_threads(1)
BATCH, HEIGHT, WIDTH, CLASSES, IGNORED = 4, 48, 64, 5, 255
RANGES = {"weight": (0.5, 1.5), "bias": (-0.2, 0.2)}
# Deep residual networks grow with the usual ranges until rounding errors show (make_pytorch_parity.py).
DEEP = {"weight": (0.1, 0.2), "bias": (1.0, 1.5)}


class EncoderWithHead(nn.Module):
    """PSPNet on C5 with an output stride of 8: segmentation_models.pytorch's own encoder, decoder and head."""

    def __init__(self):
        super().__init__()
        import segmentation_models_pytorch as smp
        from segmentation_models_pytorch.base import SegmentationHead
        from segmentation_models_pytorch.decoders.pspnet.decoder import PSPDecoder

        self.encoder = smp.encoders.get_encoder("resnet18", weights=None, depth=5)
        self.encoder.make_dilated(output_stride=8)
        self.decoder = PSPDecoder(self.encoder.out_channels, dropout=0)
        self.segmentation_head = SegmentationHead(512, CLASSES, kernel_size=3, upsampling=8)

    def forward(self, x):
        return self.segmentation_head(self.decoder(*self.encoder(x)))


def smp_model(name, **options):
    import segmentation_models_pytorch as smp

    return getattr(smp, name)("resnet18", encoder_weights=None, classes=CLASSES, **options)


def torchvision_model(name):
    build = getattr(torchvision.models.segmentation, name)
    return build(weights=None, weights_backbone=None, num_classes=CLASSES, aux_loss=True)


MODELS = {
    "fcn": (lambda: torchvision_model("fcn_resnet50"), DEEP),
    "deeplab_v3": (lambda: torchvision_model("deeplabv3_resnet50"), DEEP),
    "pspnet": (EncoderWithHead, RANGES),
    "pspnet, depth 3": (lambda: smp_model("PSPNet", psp_dropout=0), RANGES),
    "deeplab_v3_plus, stride 16": (lambda: smp_model("DeepLabV3Plus"), RANGES),
    "deeplab_v3_plus, stride 8": (lambda: smp_model("DeepLabV3Plus", encoder_output_stride=8), RANGES),
}


def images():
    # Each image is half as bright as the one before: means over images of equal brightness hardly differ,
    # and the BatchNorm of a pooled map would make numbers of their rounding.
    pixels = (hashes("segmentation images", BATCH * 3 * HEIGHT * WIDTH) >> 24).reshape(BATCH, 3, HEIGHT, WIDTH)
    pixels = pixels >> torch.arange(BATCH).reshape(BATCH, 1, 1, 1)
    mean, std = (torch.tensor(x, dtype=torch.float64).reshape(1, 3, 1, 1) for x in (MEAN, STD))
    return (pixels.double() / 255 - mean) / std


def labels():
    drawn = hashes("segmentation labels", BATCH * HEIGHT * WIDTH) % (CLASSES + 1)
    return torch.where(drawn == CLASSES, IGNORED, drawn).reshape(BATCH, HEIGHT, WIDTH)


def logits_of(model, x):
    y = model(x)
    return y if isinstance(y, dict) else {"out": y}


def write(model, kind, **fields):
    print(json.dumps({"model": model, "kind": kind, **fields}))


def make(title):
    build, ranges = MODELS[title]
    model = build().double()
    for module in model.modules():
        if isinstance(module, (nn.Dropout, nn.Dropout2d)):
            module.p = 0
    state = {k: v for k, v in model.state_dict().items() if not k.endswith("num_batches_tracked")}
    with torch.no_grad():
        for key, value in state.items():
            value.copy_(tensor_by_formula(key, list(value.shape), ranges))
    write(title, "names", names=[[key, list(value.shape)] for key, value in state.items()])
    model.eval()
    with torch.no_grad():
        out = logits_of(model, images())["out"]
    # [B, C, H, W] in the order row, column, image, class.
    write(title, "logits", **summary("logits", out.permute(2, 3, 0, 1).contiguous()))
    model.train()
    losses = {
        key: F.cross_entropy(y, labels(), ignore_index=IGNORED)
        for key, y in logits_of(model, images()).items()
    }
    loss = losses["out"] + 0.5 * losses["aux"] if "aux" in losses else losses["out"]
    loss.backward()
    write(title, "loss", loss=loss.item(), **{key: value.item() for key, value in losses.items()})
    for key, parameter in model.named_parameters():
        if parameter.grad is not None:
            write(title, "gradient", name=key, **summary(key, parameter.grad))


for model_name in chosen or MODELS:
    make(model_name)
