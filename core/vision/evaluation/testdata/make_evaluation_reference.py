"""Known answers for evaluation_reference_test.ts: pycocotools, lvis and tidecv on random sets.

    pip install pycocotools==2.0.11 lvis==0.5.3 tidecv==1.0.1 numpy==1.26.4
    python make_evaluation_reference.py --sets 24 --small > evaluation_reference.jsonl

More sets, for compare_evaluators.ts:

    python make_evaluation_reference.py --sets 240 > many.jsonl

One set a line. Boxes are multiples of a quarter and scores are float32 numbers, so that nothing is
lost on the way. There are crowd regions, equal scores, images without objects or detections or both,
boxes and masks without area, objects at the borders of the area ranges, categories without objects,
gaps in the ids, more detections than are judged, and images that count several times.
"""

import argparse
import contextlib
import io
import json
import logging
import os
import tempfile

import numpy as np

logging.disable(logging.WARNING)
np.float = float  # lvis 0.5.3 asks for what NumPy 1.24 has dropped.

from lvis import LVIS, LVISEval, LVISResults  # noqa: E402
from pycocotools import mask as mask_utils  # noqa: E402
from pycocotools.coco import COCO  # noqa: E402
from pycocotools.cocoeval import COCOeval  # noqa: E402
from tidecv import TIDE, Data  # noqa: E402
from tidecv.errors.main_errors import (  # noqa: E402
    BackgroundError,
    BoxError,
    ClassError,
    DuplicateError,
    FalseNegativeError,
    FalsePositiveError,
    MissedError,
    OtherError,
)

ERRORS = {
    "classification": ClassError,
    "localization": BoxError,
    "both": OtherError,
    "duplicate": DuplicateError,
    "background": BackgroundError,
    "missed": MissedError,
}
FREQUENCIES = ["rare", "common", "frequent"]


def category_id(index):
    return 3 * index + 2


def image_id(index):
    return 100 * index + 7


# ---- random sets ---------------------------------------------------------------------------------


def random_box(random, side):
    size = 4 * np.exp(random.uniform(0, np.log(side / 4), 2))
    start = random.uniform(0, side - size)
    x0, y0 = np.round(4 * start) / 4
    x1, y1 = np.round(4 * (start + size)) / 4
    kind = random.random()
    if kind < 0.03:
        x1 = x0
    elif kind < 0.05:
        x0, x1 = x1, x0
    elif kind < 0.12 and x0 + 32 <= side and y0 + 32 <= side:
        x1, y1 = x0 + 32, y0 + 32
    return [float(x0), float(y0), float(x1), float(y1)]


def moved(random, box, amount):
    size = max(box[2] - box[0], box[3] - box[1], 1)
    return [float(v) for v in np.round(4 * (np.array(box) + amount * size * random.normal(size=4))) / 4]


def draw_mask(random, box, side, ragged):
    mask = np.zeros((side, side), np.uint8)
    x0, y0, x1, y1 = (int(round(v)) for v in np.clip(box, 0, side))
    mask[y0:y1, x0:x1] = 1
    if ragged:
        rows, columns = np.mgrid[0:side, 0:side]
        inside = ((columns - (x0 + x1) / 2) / max((x1 - x0) / 2, 1)) ** 2 + (
            (rows - (y0 + y1) / 2) / max((y1 - y0) / 2, 1)
        ) ** 2 <= 1
        mask &= inside.astype(np.uint8)
        if random.random() < 0.5 and x1 - x0 > 6:
            mask[:, (2 * x0 + x1) // 3 : (x0 + x1) // 2] = 0
    return mask


def run_lengths(mask):
    flat = mask.T.reshape(-1)
    changes = np.flatnonzero(np.diff(np.concatenate([[0], flat])))
    return np.diff(np.concatenate([[0], changes, [len(flat)]])).tolist()


def random_set(seed, small):
    random = np.random.default_rng(seed)
    with_masks = seed % 2 == 1
    side = int(random.choice([48, 128] if small and with_masks else [64, 128, 320]))
    categories = int(random.integers(1, 7))
    crowded = not small and seed % 10 == 4
    tied = bool(random.random() < 0.5)
    quality = random.choice([0.02, 0.08, 0.2])
    crowd_share = random.choice([0, 0.15])
    images = []
    for _ in range(int(random.integers(1, 5 if small else 14))):
        truth, detections = [], []
        objects = 0 if random.random() < 0.15 else int(random.integers(1, 30 if crowded else 7))
        for _ in range(objects):
            box = random_box(random, side)
            own = (box[2] - box[0]) * (box[3] - box[1])
            area = random.choice([own, 0.6 * own, 1024, 9216, 9217], p=[0.5, 0.35, 0.05, 0.05, 0.05])
            truth.append({
                "box": box,
                "category": int(random.integers(0, max(1, categories - 1))),
                "crowd": int(random.random() < crowd_share),
                "area": float(abs(area)),
            })
            for _ in range(int(random.choice([0, 1, 2, 3], p=[0.2, 0.5, 0.2, 0.1]))):
                changed = random.random() < 0.15
                detections.append({
                    "box": moved(random, box, 0 if random.random() < 0.1 else quality),
                    "label": int(random.integers(0, categories)) if changed else truth[-1]["category"],
                })
        surplus = 350 if crowded and random.random() < 0.5 else random.integers(0, 5)
        if random.random() < 0.15:
            detections, surplus = [], 0
        for _ in range(int(surplus)):
            detections.append({
                "box": random_box(random, side),
                "label": int(random.integers(0, 2 if crowded else categories)) % categories,
            })
        random.shuffle(detections)
        for one in detections:
            score = random.integers(1, 9) / 8 if tied else random.random()
            one["score"] = float(np.float32(score))
        if with_masks:
            for one in truth + detections:
                one["mask"] = draw_mask(random, one["box"], side, random.random() < 0.5)
        labels = {one["category"] for one in truth}
        others = [c for c in range(categories) if c not in labels]
        images.append({
            "side": side,
            "truth": truth,
            "detections": detections,
            "negative": [c for c in others if random.random() < 0.5],
            "partial": [c for c in range(categories) if random.random() < 0.2],
        })
    return {
        "categories": categories,
        "masks": with_masks,
        "images": images,
        "weights": [int(w) for w in random.integers(0, 4, len(images))],
        "tied": tied,
        "crowds": bool(crowd_share > 0),
        "frequency": [FREQUENCIES[int(f)] for f in random.integers(0, 3, categories)],
    }


# ---- what the packages say -----------------------------------------------------------------------


def wide(box):
    return [box[0], box[1], box[2] - box[0], box[3] - box[1]]


def encoded(mask):
    return mask_utils.encode(np.asfortranarray(mask))


def regions(one, masks):
    """Box and mask as the packages want them."""
    region = {"bbox": wide(one["box"])}
    if masks:
        region["segmentation"] = {
            "counts": run_lengths(one["mask"]),
            "size": list(one["mask"].shape),
        }
    return region


def coco_dataset(images, categories, annotations):
    return {
        "info": {},
        "images": [
            {
                "id": image_id(index),
                "height": image["side"],
                "width": image["side"],
                "neg_category_ids": [category_id(c) for c in image["negative"]],
                "not_exhaustive_category_ids": [category_id(c) for c in image["partial"]],
            }
            for index, image in enumerate(images)
        ],
        "categories": [{"id": category_id(c), "name": str(c)} for c in range(categories)],
        "annotations": annotations,
    }


def coco_object(dataset):
    coco = COCO()
    coco.dataset = dataset
    coco.createIndex()
    return coco


def truth_annotations(images, masks, is_lvis=False):
    annotations = []
    for index, image in enumerate(images):
        for one in image["truth"]:
            annotation = {
                "id": len(annotations) + 1,
                "image_id": image_id(index),
                "category_id": category_id(one["category"]),
                "area": one["area"],
                **regions(one, masks),
            }
            if is_lvis:
                annotation["ignore"] = one["crowd"]
                annotation.setdefault("segmentation", [])
            else:
                annotation["iscrowd"] = one["crowd"]
            annotations.append(annotation)
    return annotations


def detection_annotations(images, kind):
    annotations = []
    for index, image in enumerate(images):
        for one in image["detections"]:
            annotation = {
                "id": len(annotations) + 1,
                "image_id": image_id(index),
                "category_id": category_id(one["label"]),
                "score": one["score"],
                "iscrowd": 0,
            }
            if kind == "bbox":
                annotation["bbox"] = wide(one["box"])
                annotation["area"] = annotation["bbox"][2] * annotation["bbox"][3]
            else:
                annotation["segmentation"] = encoded(one["mask"])
                annotation["area"] = float(one["mask"].sum())
            annotations.append(annotation)
    return annotations


def run_coco(images, categories, masks, kind, use_categories=True):
    truth = coco_object(coco_dataset(images, categories, truth_annotations(images, masks)))
    found = coco_object(coco_dataset(images, categories, detection_annotations(images, kind)))
    evaluation = COCOeval(truth, found, kind)
    evaluation.params.useCats = int(use_categories)
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    return evaluation


def category_means(evaluation):
    """AP of every category; −1 where it has no object."""
    precision = evaluation.eval["precision"][:, :, :, 0, -1]
    return [float(np.mean(precision[:, :, c])) for c in range(precision.shape[2])]


def curve(evaluation, threshold):
    """Every tenth point of the precision–recall curve, mean over categories with objects."""
    precision = evaluation.eval["precision"][threshold, ::10, :, 0, -1]
    present = precision[0] > -1
    return precision[:, present].mean(axis=1).tolist() if present.any() else [0.0] * 11


def run_lvis(images, categories, masks, frequency, kind):
    dataset = coco_dataset(images, categories, truth_annotations(images, masks, is_lvis=True))
    for entry, name in zip(dataset["categories"], frequency):
        entry["frequency"] = name[0]
    results = detection_annotations(images, kind)
    if not results:
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "truth.json")
        with open(path, "w") as file:
            json.dump(dataset, file)
        truth = LVIS(path)
    evaluation = LVISEval(truth, LVISResults(truth, results), kind)
    evaluation.run()
    return [float(v) for v in evaluation.results.values()]


def run_tide(images, categories, masks, kind, is_lvis=False):
    truth, found = Data("truth", max_dets=300 if is_lvis else 100), Data("found")
    for c in range(categories):
        truth.add_class(c, str(c))
    for index, image in enumerate(images):
        truth.add_image(index, str(index))
        present = set(image["negative"])
        for one in image["truth"]:
            mask = encoded(one["mask"]) if masks else None
            add = truth.add_ignore_region if one["crowd"] else truth.add_ground_truth
            add(index, one["category"], wide(one["box"]), mask)
            present.add(one["category"])
        if is_lvis:
            for c in range(categories):
                if c not in present or c in image["partial"]:
                    truth.add_ignore_region(index, c)
        for one in image["detections"]:
            mask = encoded(one["mask"]) if masks else None
            found.add_detection(index, one["label"], one["score"], wide(one["box"]), mask)
    try:
        run = TIDE().evaluate(truth, found, mode=TIDE.BOX if kind == "bbox" else TIDE.MASK)
    except ZeroDivisionError:
        return None
    costs = {}
    for name, error in ERRORS.items():
        try:
            costs[name] = float(run.fix_main_errors(error_types=[error])[error])
        except ZeroDivisionError:
            costs[name] = 0.0
    try:
        special = run.fix_special_errors()
        costs["falsePositive"] = float(special[FalsePositiveError])
        costs["falseNegative"] = float(special[FalseNegativeError])
    except ZeroDivisionError:
        costs["falsePositive"], costs["falseNegative"] = None, None
    return {
        "ap": float(run.ap),
        "costs": costs,
        "counts": {name: len(run.error_dict[error]) for name, error in ERRORS.items()},
    }


def expected(case):
    images, categories, masks = case["images"], case["categories"], case["masks"]
    # An image that counts several times is several images with ids behind each other.
    drawn = [image for image, weight in zip(images, case["weights"]) for _ in range(weight)]
    answers = {}
    for kind, name in [("bbox", "box")] + ([("segm", "mask")] if masks else []):
        evaluation = run_coco(images, categories, masks, kind)
        answers[name] = {
            "coco": evaluation.stats.tolist(),
            "categories": category_means(evaluation),
            "curve50": curve(evaluation, 0),
            "curve75": curve(evaluation, 5),
            "anyClass": run_coco(images, categories, masks, kind, False).stats.tolist(),
            "lvis": run_lvis(images, categories, masks, case["frequency"], kind),
            "errors": run_tide(images, categories, masks, kind),
        }
        # LVIS has no crowd regions, tidecv's analysis of it knows no objects to be ignored.
        if not case["crowds"]:
            answers[name]["errorsLvis"] = run_tide(images, categories, masks, kind, is_lvis=True)
        # Of equal scores on one image drawn twice another order would be as good.
        if drawn and not case["tied"]:
            answers[name]["drawn"] = {
                "coco": run_coco(drawn, categories, masks, kind).stats.tolist(),
                "errors": run_tide(drawn, categories, masks, kind),
            }
    return answers


def plain(case):
    """A set without what JSON cannot hold."""
    for image in case["images"]:
        for one in image["truth"] + image["detections"]:
            if "mask" in one:
                one["mask"] = run_lengths(one["mask"])
    return case


def rounded(value):
    if isinstance(value, float):
        return round(value, 10)
    if isinstance(value, dict):
        return {key: rounded(part) for key, part in value.items()}
    return [rounded(part) for part in value] if isinstance(value, list) else value


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--sets", type=int, default=240)
    parser.add_argument("--first", type=int, default=0, help="seed of the first set")
    parser.add_argument("--small", action="store_true", help="few images, no crowds of detections")
    options = parser.parse_args()
    for seed in range(options.first, options.first + options.sets):
        case = random_set(seed, options.small)
        with contextlib.redirect_stdout(io.StringIO()):
            case["expected"] = rounded(expected(case))
        print(json.dumps({"seed": seed, **plain(case)}, separators=(",", ":")))
