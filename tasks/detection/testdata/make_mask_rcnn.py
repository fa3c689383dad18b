"""Writes what torchvision's Mask R-CNN makes of given weights and scenes: detections, and one training step.

    python make_mask_rcnn.py mask_rcnn.safetensors               a narrow model: the fixture beside this script
    python make_mask_rcnn.py FILE --full [--scenes 20]           MaskRCNN(resnet_fpn_backbone("resnet18"))

Needs torch 2.0 and torchvision 0.15. The file holds, b being an image and i the image's detection:

    weights/<torchvision's name>
    scene/<s>/image [3, H, W], scene/<s>/boxes, labels, scores and masks (bits of [N, H, W], packed)
    scene/<s>/probabilities [N, 28, 28]: what the masks are pasted from (with --full)
    step/image/b, step/boxes/b, step/labels/b (from 1), step/masks/b: the batch of the training step
    step/anchors/positive, negative: sampled anchors of the whole batch; step/anchors/deltas [P, 4]
    step/regions/boxes/b, labels/b, matched/b, deltas/b: sampled regions
    step/regions/mask targets [M, 28, 28]
    step/loss/<name>, step/gradient/<name>

Bytes stand as I64, eight in each, zeros at the end; their shapes are in the metadata.
"""

import argparse
import json
import struct

import numpy
import torch
import torchvision
from torch import nn
from torchvision.models.detection import MaskRCNN, roi_heads
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.backbone_utils import BackboneWithFPN, resnet_fpn_backbone
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.models.detection.mask_rcnn import MaskRCNNHeads, MaskRCNNPredictor
from torchvision.models.resnet import BasicBlock, ResNet
from torchvision.ops.feature_pyramid_network import LastLevelMaxPool
from torchvision.ops.misc import FrozenBatchNorm2d

MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
NARROW = {"width": 4, "blocks": [1, 1, 1, 1], "channels": 8, "hidden": 16, "mask": 8, "convolutions": 2, "classes": 5}


class NarrowResNet(ResNet):
    def __init__(self, width, blocks):
        super().__init__(BasicBlock, blocks, norm_layer=FrozenBatchNorm2d)
        self.inplanes = width
        self.conv1 = nn.Conv2d(3, width, 7, stride=2, padding=3, bias=False)
        self.bn1 = FrozenBatchNorm2d(width)
        self.layer1 = self._make_layer(BasicBlock, width, blocks[0])
        self.layer2 = self._make_layer(BasicBlock, 2 * width, blocks[1], stride=2)
        self.layer3 = self._make_layer(BasicBlock, 4 * width, blocks[2], stride=2)
        self.layer4 = self._make_layer(BasicBlock, 8 * width, blocks[3], stride=2)


def narrow_model(options):
    size = NARROW
    body = NarrowResNet(size["width"], size["blocks"])
    for name, parameter in body.named_parameters():
        parameter.requires_grad_(name.startswith(("layer2", "layer3", "layer4")))
    backbone = BackboneWithFPN(
        body,
        {f"layer{stage}": str(stage - 1) for stage in (1, 2, 3, 4)},
        [size["width"] * 2**stage for stage in range(4)],
        size["channels"],
        LastLevelMaxPool(),
    )
    return MaskRCNN(
        backbone,
        rpn_anchor_generator=AnchorGenerator(((8,), (16,), (32,), (64,), (128,)), ((0.5, 1.0, 2.0),) * 5),
        box_head=TwoMLPHead(size["channels"] * 49, size["hidden"]),
        box_predictor=FastRCNNPredictor(size["hidden"], size["classes"] + 1),
        mask_head=MaskRCNNHeads(size["channels"], (size["mask"],) * size["convolutions"], 1),
        mask_predictor=MaskRCNNPredictor(size["mask"], size["mask"], size["classes"] + 1),
        **options,
    )


def spread(model, generator):
    """Weights that are not those of a fresh model: BatchNorm does something, scores differ."""
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            uniform = torch.rand(tensor.shape, generator=generator)
            if name.endswith("running_var"):
                tensor.copy_(0.5 + uniform)
            elif name.endswith("running_mean"):
                tensor.copy_(0.2 * uniform - 0.1)
            elif "bn" in name or "downsample.1" in name:
                tensor.copy_(0.7 + 0.4 * uniform if name.endswith("weight") else 0.2 * uniform - 0.1)
            elif name.endswith("bias"):
                tensor.copy_(0.1 * uniform - 0.05)
        state = model.state_dict()
        state["rpn.head.conv.0.0.weight"].mul_(4)
        state["rpn.head.cls_logits.weight"].mul_(40)
        state["rpn.head.bbox_pred.weight"].mul_(10)
        state["roi_heads.box_predictor.cls_score.weight"].mul_(6)
        state["roi_heads.mask_predictor.mask_fcn_logits.weight"].mul_(2)


def scene(generator, height, width, classes, objects):
    """Ellipses and rectangles of one colour on noise."""
    image = torch.randint(0, 90, (3, height, width), generator=generator, dtype=torch.int64)
    boxes, labels, masks = [], [], []
    ys, xs = torch.meshgrid(torch.arange(height) + 0.5, torch.arange(width) + 0.5, indexing="ij")
    for _ in range(objects):
        number = torch.rand(4, generator=generator)
        w, h = (width * (0.15 + 0.4 * number[0])).item(), (height * (0.2 + 0.45 * number[1])).item()
        x, y = ((width - w) * number[2]).item(), ((height - h) * number[3]).item()
        label = int(torch.randint(1, classes + 1, (1,), generator=generator))
        inside = (xs >= x) & (xs < x + w) & (ys >= y) & (ys < y + h)
        if label % 2:
            inside &= ((xs - x - w / 2) / (w / 2)) ** 2 + ((ys - y - h / 2) / (h / 2)) ** 2 <= 1
        colour = torch.randint(90, 256, (3, 1), generator=generator, dtype=torch.int64)
        image[:, inside] = colour
        boxes.append([x, y, x + w, y + h])
        labels.append(label)
        masks.append(inside)
    return image.to(torch.uint8), {
        "boxes": torch.tensor(boxes, dtype=torch.float32),
        "labels": torch.tensor(labels),
        "masks": torch.stack(masks).to(torch.uint8),
    }


def record_step(model, images, targets, tensors):
    """One training step, with everything that was drawn at random written down."""
    anchors, regions, masks = [], [], []
    sample, select = model.rpn.fg_bg_sampler, model.roi_heads.select_training_samples
    project = roi_heads.project_masks_on_boxes

    def sample_anchors(labels):
        anchors.append(sample(labels))
        return anchors[-1]

    def select_regions(proposals, truth):
        regions.append(select(proposals, truth))
        return regions[-1]

    def project_masks(*arguments):
        masks.append(project(*arguments))
        return masks[-1]

    assign = model.rpn.box_coder.encode
    encoded = []

    def encode(*arguments):
        encoded.append(assign(*arguments))
        return encoded[-1]

    model.rpn.fg_bg_sampler, model.roi_heads.select_training_samples = sample_anchors, select_regions
    roi_heads.project_masks_on_boxes = project_masks
    model.rpn.box_coder.encode = encode
    losses = model.train()([image / 255 for image in images], targets)
    model.zero_grad()
    sum(losses.values()).backward()
    roi_heads.project_masks_on_boxes = project
    model.rpn.fg_bg_sampler, model.roi_heads.select_training_samples = sample, select
    model.rpn.box_coder.encode = assign
    for index, (image, target) in enumerate(zip(images, targets)):
        tensors[f"step/image/{index}"] = image
        for key, value in target.items():
            tensors[f"step/{key}/{index}"] = value
    positive, negative = (torch.where(torch.cat(mask))[0] for mask in anchors[0])
    tensors["step/anchors/positive"], tensors["step/anchors/negative"] = positive, negative
    tensors["step/anchors/deltas"] = torch.cat(encoded[0])[positive]
    for name, values in zip(["boxes", "matched", "labels", "deltas"], regions[0]):
        for index, value in enumerate(values):
            tensors[f"step/regions/{name}/{index}"] = value
    tensors["step/regions/mask targets"] = torch.cat(masks)
    for name, value in losses.items():
        tensors[f"step/loss/{name}"] = value.detach().reshape(1)
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            tensors[f"step/gradient/{name}"] = parameter.grad


def record_detections(model, images, tensors, keeps_probabilities):
    infer, probabilities = roi_heads.maskrcnn_inference, []

    def infer_masks(*arguments):
        probabilities.append(infer(*arguments))
        return probabilities[-1]

    roi_heads.maskrcnn_inference = infer_masks
    model.eval()
    for index, image in enumerate(images):
        with torch.no_grad():
            result = model([image / 255])[0]
        if keeps_probabilities:
            tensors[f"scene/{index}/probabilities"] = probabilities[-1][0][:, 0]
        tensors[f"scene/{index}/image"] = image
        for key in ("boxes", "labels", "scores"):
            tensors[f"scene/{index}/{key}"] = result[key]
        bits = numpy.packbits((result["masks"][:, 0] > 0.5).numpy().reshape(-1))
        tensors[f"scene/{index}/masks"] = torch.from_numpy(bits)
    roi_heads.maskrcnn_inference = infer


def write(path, tensors, settings):
    shapes = {name: list(tensor.shape) for name, tensor in tensors.items() if tensor.dtype == torch.uint8}
    settings = {**settings, "shapes": shapes}
    header, offset, blocks = {"__metadata__": {"settings": json.dumps(settings)}}, 0, []
    kinds = {torch.float32: "F32", torch.uint8: "I64", torch.int64: "I64"}
    for name, tensor in tensors.items():
        data = tensor.detach().contiguous().numpy().tobytes()
        shape = list(tensor.shape)
        if name in shapes:
            data += bytes(-len(data) % 8)
            shape = [len(data) // 8]
        header[name] = {
            "dtype": kinds[tensor.dtype],
            "shape": shape,
            "data_offsets": [offset, offset + len(data)],
        }
        offset += len(data)
        blocks.append(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(blocks))


def options_of(full):
    return {
        "image_mean": MEAN,
        "image_std": STD,
        "box_detections_per_img": 100 if full else 10,
        "rpn_pre_nms_top_n_train": 2000 if full else 100,
        "rpn_post_nms_top_n_train": 1000 if full else 60,
        "rpn_pre_nms_top_n_test": 1000 if full else 80,
        "rpn_post_nms_top_n_test": 1000 if full else 40,
        "rpn_batch_size_per_image": 256 if full else 32,
        "box_batch_size_per_image": 512 if full else 24,
    }


FULL_CLASSES, FULL_SIZES = 12, [(128, 128), (96, 160)]


def full_model():
    """MaskRCNN(resnet_fpn_backbone("resnet18")) with drawn weights; the generator that scenes are drawn by; options."""
    torch.manual_seed(0)
    generator, options = torch.Generator().manual_seed(1), options_of(True)
    backbone = resnet_fpn_backbone(backbone_name="resnet18", weights=None, trainable_layers=3)
    model = MaskRCNN(backbone, num_classes=FULL_CLASSES + 1, **options)
    # Images come in the size that they are to have.
    model.transform.resize = lambda image, target=None: (image, target)
    spread(model, generator)
    return model, generator, options


def scenes(generator, count, sizes=FULL_SIZES, classes=FULL_CLASSES):
    return [scene(generator, *sizes[index % 2], classes, 1 + index % 4) for index in range(count)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--scenes", type=int, default=3)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if arguments.full:
        model, generator, options = full_model()
        classes, sizes = FULL_CLASSES, FULL_SIZES
    else:
        torch.manual_seed(0)
        generator, options = torch.Generator().manual_seed(1), options_of(False)
        classes, sizes = NARROW["classes"], [(64, 96), (56, 80)]
        model = narrow_model(options)
        model.transform.resize = lambda image, target=None: (image, target)
        spread(model, generator)
    drawn = scenes(generator, arguments.scenes, sizes, classes)
    tensors = {f"weights/{name}": tensor for name, tensor in model.state_dict().items()}
    record_detections(model, [image for image, _ in drawn], tensors, arguments.full)
    batch = [scene(generator, *size, classes, 3) for size in sizes]
    record_step(model, [image for image, _ in batch], [target for _, target in batch], tensors)
    settings = {"narrow": None if arguments.full else NARROW, "classes": classes, "scenes": arguments.scenes, **options}
    settings["torchvision"] = torchvision.__version__
    write(arguments.file, tensors, settings)
    print({name: round(float(tensor), 4) for name, tensor in tensors.items() if name.startswith("step/loss")})
    print({"detections": [len(tensors[f"scene/{index}/scores"]) for index in range(arguments.scenes)]})
    print({"scores": [round(float(s), 3) for s in tensors["scene/0/scores"]][:10]})


if __name__ == "__main__":
    main()
