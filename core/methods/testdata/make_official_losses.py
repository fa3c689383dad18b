"""Losses and gradients of the official modules of MoCo, DisCo, CompRess, SMD and BINGO.

    python make_official_losses.py DISCO COMPRESS SMD BINGO > official_losses.json

The arguments are checkouts of Yuting-Gao/DisCo-pytorch (which holds MoCo's module too),
UMBCvision/CompRess, liuhao-lh/SMD and haohang96/bingo. The modules run as they are, on the CPU and in double precision,
on given embeddings: encoders are identities and the calls between GPUs are those of one. The modules
bring embeddings to unit length, which these have already: gradients are tangential.
"""

import ast
import contextlib
import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import torch

torch.set_default_dtype(torch.float64)
torch.Tensor.cuda = lambda self, *_, **__: self
torch.nn.Module.cuda = lambda self, *_, **__: self

BATCH, DIMENSION, QUEUE, STEPS = 4, 6, 12, 4
random = np.random.default_rng(5)


def load(path: Path, name: str):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rows(count: int, near: torch.Tensor | None = None) -> torch.Tensor:
    values = random.normal(size=(count, DIMENSION))
    if near is not None:
        values = values + 2.0 * near.numpy()
    values /= np.linalg.norm(values, axis=1, keepdims=True)
    return torch.from_numpy(values.astype(np.float32).astype(np.float64))


def numbers(tensor: torch.Tensor) -> list[float]:
    return [float(f"{x:.9g}") for x in tensor.detach().reshape(-1)]


class Identity(torch.nn.Module):
    def __init__(self, *_, **__):
        super().__init__()

    def forward(self, x):
        return x


class Args:
    arch, teacher_arch, nmb_prototypes, hidden = "resnet18", "resnet50", 0, -1


def of_one_gpu(module, model):
    module.concat_all_gather = lambda tensor: tensor
    model._batch_shuffle_ddp = lambda x: (x, None)
    model._batch_unshuffle_ddp = lambda x, _: x
    return model


def inputs(views: int):
    teacher = [rows(BATCH) for _ in range(views)]
    student = [rows(BATCH, t).requires_grad_() for t in teacher]
    momentum = [rows(BATCH, t) for t in teacher]
    return teacher, student, momentum


def record(case, teacher, student, momentum, loss):
    loss.backward()
    case["steps"].append({
        "teacher": [numbers(t) for t in teacher],
        "student": [numbers(s) for s in student],
        "momentum": [numbers(m) for m in momentum],
        "loss": float(loss),
        "gradient": [numbers(s.grad if s.grad is not None else torch.zeros_like(s)) for s in student],
    })


def contrastive(disco: Path):
    moco_module = load(disco / "moco/moco/builder.py", "moco_builder")
    disco_module = load(
        disco / "DisCo/moco/builder_kq_mse_largeembedding_2048.py", "disco_builder"
    )
    cases = []
    for name in ["moco-v2", "disco"]:
        if name == "moco-v2":
            model = moco_module.MoCo(Identity, DIMENSION, QUEUE, 0.999, 0.2, False, Args)
            of_one_gpu(moco_module, model)
        else:
            model = disco_module.MoCo(
                Identity, Identity, DIMENSION, QUEUE, 0.999, 0.2, False, Args
            )
            of_one_gpu(disco_module, model)
        start = rows(QUEUE)
        model.queue.copy_(start.T)
        case = {"method": name, "queue": numbers(start), "steps": []}
        for _ in range(STEPS):
            teacher, student, momentum = inputs(2)
            model.encoder_q.forward = lambda x: x
            model.encoder_k.forward = lambda x, k=momentum[1]: k
            if name == "disco":
                # The teacher is told the view by its images.
                model.teacher_encoder_q.forward = lambda x, s=student, t=teacher: (
                    t[0] if x is s[0] else t[1]
                )
                logits, labels, q, tq, qk, tqk = model(im_q=student[0], im_k=student[1])
                distance = torch.nn.MSELoss(reduction="sum")
                loss = torch.nn.CrossEntropyLoss()(logits, labels)
                loss = 1.0 * loss + 1.0 * distance(tq, q) + 1.0 * distance(tqk, qk)
            else:
                logits, labels = model(im_q=student[0], im_k=student[1])
                loss = torch.nn.CrossEntropyLoss()(logits, labels)
            record(case, teacher, student, momentum, loss)
        cases.append(case)
    return cases


def compress(folder: Path):
    module = load(folder / "nn/compress_loss.py", "compress_loss")
    cases = []
    for queues in [1, 2]:
        if queues == 1:
            model = module.CompReSSA(DIMENSION, QUEUE, 0.04)
        else:
            model = module.CompReSSMomentum(DIMENSION, DIMENSION, QUEUE, 0.04)
        start = rows(QUEUE)
        model.teacher_sample_similarities.memory.copy_(start)
        case = {"method": "compress", "queues": queues, "queue": numbers(start), "steps": []}
        if queues == 2:
            start = rows(QUEUE)
            model.student_sample_similarities.memory.copy_(start)
            case["student_queue"] = numbers(start)
        for _ in range(STEPS):
            teacher, student, momentum = inputs(1)
            own = [momentum[0]] if queues == 2 else []
            loss = model(teacher[0], student[0], *own)
            record(case, teacher, student, momentum, loss)
        cases.append(case)
    return cases


def smd(folder: Path):
    module = class_of(folder / "main_distill.py", "SMD")(tau=0.04)
    cosine = torch.nn.CosineSimilarity(dim=1)
    case = {"method": "smd", "steps": []}
    for step in range(STEPS):
        teacher, student, momentum = inputs(2)
        similarity = [cosine(t, s).mean() for t, s in zip(teacher, student)]
        metric = sum(module(t, s) for t, s in zip(teacher, student)) * 0.5
        # The first two steps are those of the first epochs.
        loss = -sum(similarity) * 0.5 + 1.0 * metric if step < 2 else metric
        record(case, teacher, student, momentum, loss)
    return [case]


def class_of(path: Path, name: str):
    """A class of a script that would train when it is imported."""
    tree = ast.parse(path.read_text())
    source = next(n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == name)
    names = {"torch": torch, "nn": torch.nn}
    exec(compile(ast.Module([source], []), path.name, "exec"), names)
    return names[name]


def bingo(folder: Path):
    from absl import flags

    module = load(folder / "moco/builder.py", "bingo_builder")
    flags.DEFINE_string("s_arch", "resnet18", "")
    flags.FLAGS(["script"])
    criterion = class_of(folder / "main_moco.py", "MulposCrossEntropy")()
    model = module.MoCo(Identity, Identity, DIMENSION, QUEUE, 0.999, 0.2, False)
    module.concat_all_gather = lambda tensor: tensor
    model._group_batch_shuffle_ddp = lambda x, *_: (x, None)
    model._group_batch_unshuffle_ddp = lambda x, *_: x
    start = rows(QUEUE)
    model.queue.copy_(start.T)
    case = {"method": "bingo", "queue": numbers(start), "shares": [], "steps": []}
    for step in range(STEPS):
        # Views 0 and 1 of the image, 2 and 3 of its neighbour, 4 the mix of 0 and 2.
        teacher, student, momentum = inputs(5)
        output, mixed, target = model(
            im_q=student[0], im_k=teacher[1], add_posq=student[2], add_posk=teacher[3],
            mix_q=student[4], gpu_rank=0, node_rank=0, ngpu_per_node=1, nrank_per_subg=1, groups=[0],
        )
        share = float(np.float32(random.uniform()))
        case["shares"].append(share)
        loss = torch.tensor(0.0)
        for index, logits in enumerate(output):
            # The first two steps are those of the first epochs, where the own key alone counts.
            weights = [0.5, 0.5] if step >= 2 else [float(index == 0), float(index == 1)]
            loss = loss + criterion(logits, target, weights)
        loss = (loss + criterion(mixed, target, [share, 1 - share])) / 3
        record(case, teacher, student, momentum, loss)
    return [case]


def main():
    disco, compress_folder, smd_folder, bingo_folder = map(Path, sys.argv[1:5])
    sys.path.insert(0, str(disco / "DisCo"))
    with contextlib.redirect_stdout(sys.stderr):
        cases = contrastive(disco) + compress(compress_folder) + smd(smd_folder)
        cases += bingo(bingo_folder)
    sizes = {"batch": BATCH, "dimension": DIMENSION, "queueSize": QUEUE}
    json.dump({**sizes, "cases": cases}, sys.stdout)
    print()


main()
