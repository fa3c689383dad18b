"""Writes small annotation files in the exact formats of COCO 2017 and LVIS v1, and what pycocotools and the
lvis package read from them.

    python make_coco.py

Needs numpy, pycocotools and lvis.
"""
import json
import os

import numpy as np
from lvis import LVIS
from pycocotools import mask as mask_tools
from pycocotools.coco import COCO

folder = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(3)


def write(name, value):
    with open(os.path.join(folder, name), "w") as file:
        json.dump(value, file)


def polygon(cx, cy, rx, ry, corners):
    angles = np.sort(rng.uniform(0, 2 * np.pi, corners))
    points = np.stack([cx + rx * np.cos(angles), cy + ry * np.sin(angles)], 1)
    return [round(float(v), 2) for v in points.flatten()]


def runs(mask):
    """Uncompressed run lengths, as COCO writes crowds."""
    flat = mask.flatten(order="F")
    counts, value, length = [], 0, 0
    for pixel in flat:
        if pixel != value:
            counts.append(length)
            value, length = pixel, 0
        length += 1
    counts.append(length)
    return counts


def annotation(id, image, category, segmentation, bbox, area, crowd=0):
    return {"segmentation": segmentation, "area": area, "iscrowd": crowd, "image_id": image,
            "bbox": bbox, "category_id": category, "id": id}


def box_of(points):
    xs = [p for part in points for p in part[0::2]]
    ys = [p for part in points for p in part[1::2]]
    return [round(v, 2) for v in (min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))]


def image(id, width, height):
    return {"license": 4, "file_name": "%012d.jpg" % id, "coco_url": "http://images.cocodataset.org/val2017/%012d.jpg" % id,
            "height": height, "width": width, "date_captured": "2013-11-14 17:02:52",
            "flickr_url": "http://farm7.staticflickr.com/6116/6255196340_da26cf2c9e_z.jpg", "id": id}


images = [image(397133, 64, 42), image(37777, 35, 23), image(252219, 64, 43), image(87038, 20, 31)]
one = [polygon(30, 20, 18, 12, 17)]
parts = [polygon(15, 10, 8, 6, 9), polygon(45, 30, 9, 8, 12), polygon(50, 9, 5, 5, 4)]
ring = np.zeros((43, 64), np.uint8)
ring[5:30, 10:50] = 1
ring[10:22, 20:38] = 0
crowd = (rng.random((42, 64)) < 0.3).astype(np.uint8)
packed = mask_tools.encode(np.asfortranarray(ring))
annotations = [
    annotation(1768, 397133, 18, one, box_of(one), 702.1057499999998),
    annotation(900100397133, 397133, 1, {"counts": runs(crowd), "size": [42, 64]}, [0, 0, 64, 42], int(crowd.sum()), 1),
    annotation(2096753, 252219, 44, parts, box_of(parts), 251.5),
    annotation(5, 252219, 90, {"counts": packed["counts"].decode(), "size": [43, 64]}, [10, 5, 40, 25], int(ring.sum())),
    annotation(6, 397133, 90, [polygon(60, 40, 10, 9, 8)], [50.5, 31.25, 19.5, 17.75], 100.25),
    # What cannot be used.
    annotation(7, 37777, 18, one, [3.5, 4.0, 0.0, 8.0], 0),
    annotation(8, 37777, 18, one, [40, 3, 10, 10], 100),
    annotation(9, 37777, 18, [[1, 2, 3, 4]], [3, 3, 10, 10], 100),
    annotation(10, 37777, 17, one, [3, 3, 10, 10], 100),
    annotation(11, 999, 18, one, [3, 3, 10, 10], 100),
    annotation(12, 37777, 18, {"counts": [3, 4], "size": [23, 35]}, [3, 3, 10, 10], 100),
    annotation(13, 37777, 18, {"counts": packed["counts"].decode(), "size": [43, 64]}, [3, 3, 10, 10], 100),
    annotation(14, 37777, 18, {"counts": "3~d", "size": [23, 35]}, [3, 3, 10, 10], 100),
]
categories = [{"supercategory": s, "id": i, "name": n} for s, i, n in
              [("person", 1, "person"), ("animal", 18, "dog"), ("kitchen", 44, "bottle"), ("indoor", 90, "toothbrush"),
               ("electronic", 72, "tv")]]
coco = {"info": {"description": "COCO 2017 Dataset", "url": "http://cocodataset.org", "version": "1.0", "year": 2017,
                 "contributor": "COCO Consortium", "date_created": "2017/09/01"},
        "licenses": [{"url": "http://creativecommons.org/licenses/by/2.0/", "id": 4, "name": "Attribution License"}],
        "images": images, "annotations": annotations, "categories": categories}
write("instances_val2017.json", coco)

dataset = COCO(os.path.join(folder, "instances_val2017.json"))
good = [1768, 900100397133, 2096753, 5, 6]
expected = {"coco": [
    {"id": id, "image": dataset.anns[id]["image_id"], "category": dataset.cats[dataset.anns[id]["category_id"]]["name"],
     "bbox": dataset.anns[id]["bbox"], "area": dataset.anns[id]["area"], "iscrowd": dataset.anns[id]["iscrowd"],
     "runs": runs(dataset.annToMask(dataset.anns[id]))} for id in good]}


def lvis_image(id, name, width, height, negative, not_exhaustive):
    return {"date_captured": "2013-11-15 02:41:42", "neg_category_ids": negative, "id": id, "license": 4, "height": height,
            "width": width, "flickr_url": "http://farm3.staticflickr.com/2425/3831371155_69533e1b38_z.jpg",
            "coco_url": "http://images.cocodataset.org/" + name, "not_exhaustive_category_ids": not_exhaustive}


def lvis_annotation(id, image, category, points):
    return {"area": 300.5, "id": id, "segmentation": points, "image_id": image, "bbox": box_of(points), "category_id": category}


def lvis_category(id, name, frequency, images, instances):
    return {"image_count": images, "synonyms": [name], "def": "a thing", "id": id, "synset": name + ".n.01", "name": name,
            "frequency": frequency, "instance_count": instances}


lvis = {
    "info": {"description": "LVIS v1.0 validation set", "url": "http://lvisdataset.org", "version": "1.0", "year": 2020,
             "contributor": "FAIR", "date_created": "2020-08-15 12:00:00.000000"},
    "annotations": [lvis_annotation(1, 397133, 3, one), lvis_annotation(2, 397133, 1, parts), lvis_annotation(3, 252219, 3, one)],
    "images": [lvis_image(397133, "val2017/000000397133.jpg", 64, 42, [2, 4], []),
               lvis_image(252219, "train2017/000000252219.jpg", 64, 43, [1], [3])],
    "licenses": coco["licenses"],
    "categories": [lvis_category(1, "aerosol_can", "c", 64, 109), lvis_category(2, "air_conditioner", "f", 364, 687),
                   lvis_category(3, "airplane", "f", 1911, 3692), lvis_category(4, "bow_(decorative_ribbons)", "r", 9, 12)],
}
write("lvis_v1_val.json", lvis)
dataset = LVIS(os.path.join(folder, "lvis_v1_val.json"))
expected["lvis"] = [
    {"id": id, "image": ann["image_id"], "category": dataset.cats[ann["category_id"]]["name"], "bbox": ann["bbox"],
     "area": ann["area"], "iscrowd": 0, "runs": runs(dataset.ann_to_mask(ann))} for id, ann in dataset.anns.items()]
write("expected.json", expected)
