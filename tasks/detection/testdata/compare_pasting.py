"""Whether torchvision's Mask R-CNN pastes its masks into the same pixels as itself.

    python compare_pasting.py [--scenes 20]

Runs the model of `make_mask_rcnn.py FILE --full` on its scenes in several ways that differ by rounding
alone (memory format, threads, precision, oneDNN), and prints for each how far boxes are from those of the
first way, how many masks are pasted into other pixels because an edge of their box crosses a whole pixel,
and the least IoU of these and of the others. Needs torch 2.0 and torchvision 0.15.
"""

import argparse

import torch

from make_mask_rcnn import full_model, scenes


def pasted_pixels(boxes):
    """Whole pixels that masks of 28 x 28 are pasted into, as torchvision's paste_mask_in_image has them."""
    scale = (28 + 2) / 28
    half = (boxes[:, 2:] - boxes[:, :2]) * 0.5 * scale
    centre = (boxes[:, 2:] + boxes[:, :2]) * 0.5
    return torch.cat([centre - half, centre + half], dim=1).to(torch.int64)


def detect(model, images):
    with torch.no_grad():
        return [model([image / 255])[0] for image in images]


def compare(expected, found):
    """Largest difference of boxes; masks; masks that moved; least IoU of these and of the others."""
    worst, count, moved, least, least_moved = 0.0, 0, 0, 1.0, 1.0
    for theirs, own in zip(expected, found):
        left = set(range(len(own["scores"])))
        for index, label in enumerate(theirs["labels"]):
            near = [other for other in left if own["labels"][other] == label]
            distances = [(own["boxes"][other] - theirs["boxes"][index]).abs().max().item() for other in near]
            if not near or min(distances) > 1:
                continue
            other = near[distances.index(min(distances))]
            left.discard(other)
            worst, count = max(worst, min(distances)), count + 1
            a, b = theirs["masks"][index, 0] > 0.5, own["masks"][other, 0] > 0.5
            union = (a | b).sum().item()
            iou = (a & b).sum().item() / union if union else 1.0
            if (pasted_pixels(theirs["boxes"][[index]].float()) != pasted_pixels(own["boxes"][[other]].float())).any():
                moved, least_moved = moved + 1, min(least_moved, iou)
            else:
                least = min(least, iou)
    return worst, count, moved, least_moved, least


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--scenes", type=int, default=20)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    model, generator, _ = full_model()
    images = [image.float() for image, _ in scenes(generator, arguments.scenes)]
    model.eval()
    expected = detect(model, images)

    def way(name, found):
        worst, count, moved, least_moved, least = compare(expected, found)
        print(
            f"{name}: {count} masks, boxes within {worst:.1e} pixels; {moved} pasted into other pixels "
            f"(least IoU {least_moved:.4f}), the others {least:.4f}",
            flush=True,
        )

    way("again", detect(model, images))
    model.to(memory_format=torch.channels_last)
    way("channels last", detect(model, images))
    model.to(memory_format=torch.contiguous_format)
    with torch.backends.mkldnn.flags(enabled=False):
        way("without oneDNN", detect(model, images))
    torch.set_num_threads(2)
    way("two threads", detect(model, images))
    torch.set_num_threads(1)
    model.double()
    way("double precision", detect(model, [image.double() for image in images]))


main()
