"""Writes small folders in the exact layouts of Cityscapes, ADE20K and Pascal VOC 2012, label files of every
kind, and what Pillow and cityscapesScripts read from them.

    python make_label_maps.py

Needs numpy, Pillow and cityscapesscripts. Files are written as base64 into folders.json and files.json, what
is read from them into expected.json.
"""
import base64
import io
import json
import os

import numpy as np
from cityscapesscripts.helpers.labels import id2label, labels
from PIL import Image

folder = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(13)
folders, expected = {}, {}


def write(name, value):
    with open(os.path.join(folder, name), "w") as file:
        json.dump(value, file, indent=0)
        file.write("\n")


def encode(image, format="PNG", **options):
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def text(bytes_):
    return base64.b64encode(bytes_).decode()


def put(path, bytes_):
    folders[path] = text(bytes_ if isinstance(bytes_, bytes) else bytes_.encode())


def picture(height, width, format="PNG"):
    return encode(Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8)), format)


def blocks(height, width, values):
    """Rectangles of some values, as labels have them."""
    map_ = np.full((height, width), values[0], np.uint8)
    for value in values[1:]:
        y, x = rng.integers(0, height), rng.integers(0, width)
        map_[y:y + rng.integers(2, height), x:x + rng.integers(2, width)] = value
    map_[0, :min(width, len(values))] = values[:width]
    return map_


def colour_map(count=256):
    """Pascal VOC's palette."""
    palette = []
    for index in range(count):
        r = g = b = 0
        c = index
        for j in range(8):
            r |= (c & 1) << (7 - j)
            g |= (c >> 1 & 1) << (7 - j)
            b |= (c >> 2 & 1) << (7 - j)
            c >>= 3
        palette += [r, g, b]
    return palette


def read(path):
    """Numbers of a label file, as Pillow gives them."""
    return np.array(Image.open(io.BytesIO(base64.b64decode(folders[path]))))


# Cityscapes: label ids of the files; the scripts' own table says what becomes of them.
ids = [label.id for label in labels if label.id >= 0]
for split, city, frame, values in [
    ("train", "aachen", "000000_000019", ids[:17]),
    ("train", "aachen", "000001_000019", ids[17:]),
    ("train", "zurich", "000000_000019", [0, 1, 2, 3, 4, 5, 6]),
    ("val", "frankfurt", "000000_000294", [7, 8, 11, 23, 26, 24, 33]),
    ("test", "berlin", "000000_000019", [0, 3]),
]:
    stem = f"{city}_{frame}"
    map_ = blocks(12, 24, values)
    base = f"cityscapes/gtFine/{split}/{city}/{stem}_gtFine_"
    put(f"cityscapes/leftImg8bit/{split}/{city}/{stem}_leftImg8bit.png", picture(12, 24))
    put(base + "labelIds.png", encode(Image.fromarray(map_)))
    put(base + "instanceIds.png", encode(Image.fromarray(map_.astype(np.uint16) * 1000)))
    colours = np.array([id2label[int(v)].color for v in map_.flatten()], np.uint8).reshape(12, 24, 3)
    put(base + "color.png", encode(Image.fromarray(colours).convert("RGBA")))
    put(base + "polygons.json", json.dumps({"imgHeight": 12, "imgWidth": 24, "objects": []}))
    train_ids = np.vectorize(lambda v: id2label[int(v)].trainId)(read(base + "labelIds.png"))
    if split != "test":
        expected[f"leftImg8bit/{split}/{city}/{stem}_leftImg8bit.png"] = train_ids.tolist()
    # The same with train ids, as cityscapesScripts' createTrainIdLabelImgs.py writes them.
    put(f"cityscapes-train-ids/leftImg8bit/{split}/{city}/{stem}_leftImg8bit.png", picture(12, 24))
    put(
        f"cityscapes-train-ids/gtFine/{split}/{city}/{stem}_gtFine_labelTrainIds.png",
        encode(Image.fromarray(train_ids.astype(np.uint8))),
    )
put("cityscapes/leftImg8bit/val/frankfurt/frankfurt_000000_000576_leftImg8bit.png", picture(12, 24))
put("cityscapes/gtFine/val/frankfurt/frankfurt_000001_000019_gtFine_labelIds.png", encode(Image.fromarray(map_)))
put("cityscapes/license.txt", "…")

# ADE20K: 0 is not judged, classes count from 1. The table has spaces where the original has them.
rows = ["wall", "building, edifice", "sky", "floor, flooring", "tree", "ceiling", "road, route", "bed ",
        "windowpane, window ", "grass", "cabinet", "sidewalk, pavement"]
table = "Idx\tRatio\tTrain\tVal\tName\n" + "".join(
    f"{index + 1}{' ' if index == 10 else ''}\t0.1576\t11664\t1172\t{name}\n" for index, name in enumerate(rows)
)
put("ade20k/ADEChallengeData2016/objectInfo150.txt", table)
put("ade20k/ADEChallengeData2016/sceneCategories.txt", "ADE_train_00000001 airport_terminal\n")
for split, stem, height, width, values in [
    ("training", "ADE_train_00000001", 14, 19, [0, 1, 2, 3, 12]),
    ("training", "ADE_train_00000002", 9, 11, [5, 6, 7, 8]),
    ("validation", "ADE_val_00000001", 17, 8, [9, 10, 11, 0]),
    ("validation", "ADE_val_00000002", 7, 7, [0]),
]:
    map_ = blocks(height, width, values)
    base = "ade20k/ADEChallengeData2016"
    put(f"{base}/images/{split}/{stem}.jpg", picture(height, width, "JPEG"))
    put(f"{base}/annotations/{split}/{stem}.png", encode(Image.fromarray(map_)))
    numbers = read(f"{base}/annotations/{split}/{stem}.png").astype(int) - 1
    expected[f"images/{split}/{stem}.jpg"] = np.where(numbers < 0, 255, numbers).tolist()
put("ade20k/ADEChallengeData2016/images/testing/ADE_test_00000001.jpg", picture(5, 5, "JPEG"))

# Pascal VOC 2012: palette PNG, 255 at outlines.
lists = {"train": [], "val": [], "trainval": []}
for split, stem, height, width, values in [
    ("train", "2007_000032", 11, 18, [0, 1, 15, 255]),
    ("train", "2007_000039", 13, 13, [0, 20, 255]),
    ("val", "2007_000033", 10, 15, [0, 5, 7, 255, 12]),
]:
    map_ = blocks(height, width, values)
    base = "voc/VOCdevkit/VOC2012"
    image = Image.fromarray(map_).convert("P")
    image.putdata(map_.flatten().tolist())
    image.putpalette(colour_map())
    put(f"{base}/JPEGImages/{stem}.jpg", picture(height, width, "JPEG"))
    put(f"{base}/SegmentationClass/{stem}.png", encode(image))
    put(f"{base}/SegmentationObject/{stem}.png", encode(image))
    expected[f"JPEGImages/{stem}.jpg"] = read(f"{base}/SegmentationClass/{stem}.png").astype(int).tolist()
    lists[split].append(stem)
    lists["trainval"].append(stem)
put("voc/VOCdevkit/VOC2012/JPEGImages/2007_000042.jpg", picture(5, 5, "JPEG"))
lists["val"] += ["2007_000042", "2007_000061", "../../secret", "2007_000033"]
for split, stems in lists.items():
    put(f"voc/VOCdevkit/VOC2012/ImageSets/Segmentation/{split}.txt", "\n".join(stems) + "\n")
put("voc/VOCdevkit/VOC2012/ImageSets/Segmentation/test.txt", "2008_000006\n2008_000011\n")

# Label files of every kind.
files = {}
smooth = (np.add.outer(np.arange(29) ** 2 // 9, np.arange(37) * 3) % 256).astype(np.uint8)
few = blocks(9, 21, [0, 3, 7, 2])


def label_file(name, bytes_, values=None):
    files[name] = {"bytes": text(bytes_), "values": None if values is None else np.asarray(values).tolist()}


def palette_image(values, count):
    image = Image.new("P", values.shape[::-1])
    image.putdata(values.flatten().tolist())
    image.putpalette(colour_map(count))
    return image


label_file("grey, 8 bits", encode(Image.fromarray(smooth)), smooth)
label_file("grey, 8 bits, not compressed", encode(Image.fromarray(smooth), compress_level=0), smooth)
label_file("palette, 8 bits", encode(palette_image(smooth, 256)), smooth)
for bits, most in [(4, 16), (2, 4), (1, 2)]:
    values = np.minimum(few, most - 1)
    label_file(f"palette, {bits} bits", encode(palette_image(values, most), bits=bits), values)
grey16 = smooth.astype(np.uint16)
label_file("grey, 16 bits", encode(Image.fromarray(grey16)), grey16)
grey16[3, 5] = 1000
label_file("grey, 16 bits, large", encode(Image.fromarray(grey16)), grey16)
label_file("grey, 1 bit", encode(Image.fromarray(few > 0)))
label_file("RGB", encode(Image.fromarray(np.stack([smooth, smooth // 2, smooth], 2) + 4)))
label_file("RGBA", encode(Image.fromarray(np.stack([smooth] * 4, 2))))
label_file("grey with alpha", encode(Image.fromarray(np.stack([smooth] * 2, 2), "LA")))
label_file("JPEG", encode(Image.fromarray(smooth), "JPEG"))
label_file("GIF", encode(Image.fromarray(few), "GIF"))

write("folders.json", folders)
write("expected.json", expected)
write("files.json", files)
