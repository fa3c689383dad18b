"""Makes segmentation_reference.jsonl: numbers of segmentation of random maps, by others.

mIoU and accuracies are computed as `IoUMetric` of mmsegmentation 1.2.2 does (its two functions are
written out below, for the package needs compiled parts of mmcv); those of sets "cityscapes" also by
cityscapesScripts 2.3.0 on files in the format of the benchmark; boundary F-scores with the distance
transform of SciPy. Needs numpy, scipy, torch, pillow, cityscapesscripts.

    python make_segmentation_reference.py > segmentation_reference.jsonl
"""

import contextlib, io, json, os, sys, tempfile
import numpy as np
import torch
from PIL import Image
from scipy import ndimage

with contextlib.redirect_stdout(sys.stderr):
    from cityscapesscripts.evaluation import evalPixelLevelSemanticLabeling as evaluation
    from cityscapesscripts.helpers.labels import labels


def intersect_and_union(pred, label, classes, ignore=255):
    """IoUMetric.intersect_and_union"""
    pred, label = torch.from_numpy(pred.astype("float32")), torch.from_numpy(label.astype("float32"))
    mask = label != ignore
    pred, label = pred[mask], label[mask]
    intersect = pred[pred == label]
    hist = lambda x: torch.histc(x.float(), bins=classes, min=0, max=classes - 1).numpy()
    i, p, l = hist(intersect), hist(pred), hist(label)
    return i, p + l - i, p, l


def metrics(images, classes):
    """IoUMetric.total_area_to_metrics, and the frequency-weighted IoU"""
    with np.errstate(invalid="ignore", divide="ignore"):
        i, u, _, l = (np.sum(c, axis=0, dtype=np.float64)
                      for c in zip(*[intersect_and_union(p, t, classes) for t, p in images]))
        iou, acc = i / u, i / l
        present = l > 0
        return dict(meanIou=100 * np.nanmean(iou), pixelAccuracy=100 * i.sum() / l.sum(),
                    meanAccuracy=100 * np.nanmean(acc),
                    frequencyWeightedIou=100 * (l[present] * iou[present]).sum() / l.sum(),
                    iou=[None if np.isnan(x) else 100 * x for x in iou])


def boundary(mask, judged):
    """Pixels of `mask` with a judged neighbour outside of it."""
    other = judged & ~mask
    near = ndimage.binary_dilation(other, ndimage.generate_binary_structure(2, 1))
    return mask & judged & near


def boundary_f(images, classes):
    scores = [[] for _ in range(classes)]
    for t, p in images:
        judged = t != 255
        theta = max(1, round(0.0075 * np.hypot(*t.shape)))
        for c in range(classes):
            a, b = boundary(p == c, judged), boundary(t == c, judged)
            if not a.any() and not b.any():
                continue
            if not a.any() or not b.any():
                scores[c].append(0.0)
                continue
            precision = (ndimage.distance_transform_edt(~b)[a] <= theta).mean()
            recall = (ndimage.distance_transform_edt(~a)[b] <= theta).mean()
            scores[c].append(0.0 if precision + recall == 0 else 2 * precision * recall / (precision + recall))
    return 100 * np.mean([np.mean(s) for s in scores if s])


def cityscapes(images):
    train_to_id = {l.trainId: l.id for l in labels if 0 <= l.trainId < 255}
    to_id = lambda m: np.vectorize(lambda v: train_to_id.get(int(v), 0))(m).astype("uint8")
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        predictions, truths = [], []
        for n, (t, p) in enumerate(images):
            truths.append(f"{folder}/a_{n:06}_000000_gtFine_labelIds.png")
            predictions.append(f"{folder}/a_{n:06}_000000_pred.png")
            Image.fromarray(to_id(t)).save(truths[-1])
            Image.fromarray(to_id(p)).save(predictions[-1])
        args = evaluation.args
        args.evalInstLevelScore, args.quiet, args.JSONOutput = False, True, False
        args.colorized = False
        result = evaluation.evaluateImgLists(predictions, truths, args)
    return dict(meanIou=100 * result["averageScoreClasses"],
                groupMeanIou=100 * result["averageScoreCategories"],
                iou=[None if np.isnan(v) else 100 * v for v in
                     (result["classScores"][l.name] for l in labels if 0 <= l.trainId < 255)])


def blobs(random, shape, classes):
    """A map of regions."""
    noise = np.stack([ndimage.gaussian_filter(random.standard_normal(shape), 2) for _ in range(classes)])
    return noise.argmax(0).astype("uint8")


def runs(flat):
    """Run lengths: value, count, value, count …"""
    edges = np.flatnonzero(np.diff(flat)) + 1
    starts = np.concatenate([[0], edges])
    ends = np.concatenate([edges, [len(flat)]])
    return [int(v) for s, e in zip(starts, ends) for v in (flat[s], e - s)]


for seed in range(12):
    random = np.random.default_rng(seed)
    kind = "cityscapes" if seed < 5 else "plain"
    classes = 19 if kind == "cityscapes" else int(random.integers(2, 8))
    used = random.permutation(classes)[: max(1, classes - int(random.integers(0, 4)))]
    images = []
    for n in range(int(random.integers(1, 5))):
        shape = (int(random.integers(5, 40)), int(random.integers(5, 60)))
        if seed == 11:
            shape = (150, 260)  # a tolerance of two pixels
        truth = used[blobs(random, shape, len(used))].astype("uint8")
        prediction = np.where(random.random(shape) < 0.05, blobs(random, shape, classes), truth)
        prediction = np.roll(prediction, int(random.integers(-2, 3)), 1).astype("uint8")
        truth[ndimage.gaussian_filter(random.standard_normal(shape), 2) > 0.15] = 255
        if n == 3:
            truth[:] = 255
        images.append((truth, prediction))
    record = dict(kind=kind, classes=classes,
                  images=[dict(height=t.shape[0], width=t.shape[1], truth=runs(t.ravel()),
                               prediction=runs(p.ravel())) for t, p in images],
                  expected=dict(**metrics(images, classes), boundaryF=boundary_f(images, classes)))
    if kind == "cityscapes":
        record["cityscapesScripts"] = cityscapes(images)
    print(json.dumps(record, separators=(",", ":")))
