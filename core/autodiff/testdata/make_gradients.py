"""Writes gradients.jsonl: known answers of PyTorch, in float64, for every differentiable operator.

Run: python make_gradients.py, in this folder (pip: torch; made with 1.13.1). One case a line:
operator, attributes, inputs, cotangents of the outputs, outputs, gradients of the float inputs.
"""

import itertools
import json
import random

import torch
import torch.nn.functional as F

random.seed(20)
cases = []


def numbers(shape, low=-2.0, high=2.0):
    size = 1
    for length in shape:
        size *= length
    values = [round(random.uniform(low, high), 2) for _ in range(size)]
    return torch.tensor(values, dtype=torch.float64).reshape(shape)


def positive(shape):
    return numbers(shape, 0.3, 2.0)


def distinct(shape):
    """No two equal numbers, none zero."""
    size = 1
    for length in shape:
        size *= length
    values = [(index - size // 2) / 8 + 0.06 for index in range(size)]
    random.shuffle(values)
    return torch.tensor(values, dtype=torch.float64).reshape(shape)


def ties(shape, choices=(-1.0, 0.0, 1.0, 2.0)):
    """Few different numbers, so that maxima tie."""
    size = 1
    for length in shape:
        size *= length
    return torch.tensor([random.choice(choices) for _ in range(size)], dtype=torch.float64).reshape(shape)


def flat(tensor):
    if tensor.dtype == torch.float64:
        return [float("%.7g" % value) for value in tensor.reshape(-1).tolist()]
    return [int(value) for value in tensor.reshape(-1).tolist()]


dtypes = {torch.float64: "float32", torch.int64: "int64", torch.bool: "bool"}


def described(tensor):
    return {"dtype": dtypes[tensor.dtype], "shape": list(tensor.shape), "data": flat(tensor)}


def case(op, inputs, forward, attributes=None):
    leaves = [tensor.clone().requires_grad_(tensor.dtype == torch.float64) for tensor in inputs]
    outputs = forward(*leaves)
    outputs = list(outputs) if isinstance(outputs, (tuple, list)) else [outputs]
    cotangents = [numbers(list(output.shape), -1, 1) for output in outputs]
    sum((output * cotangent).sum() for output, cotangent in zip(outputs, cotangents)).backward()
    cases.append(
        {
            "op": op,
            "attributes": attributes or {},
            "inputs": [described(tensor) for tensor in inputs],
            "cotangents": [flat(cotangent) for cotangent in cotangents],
            "outputs": [flat(output.detach()) for output in outputs],
            "gradients": [flat(leaf.grad) if leaf.grad is not None else None for leaf in leaves],
        }
    )


# Arithmetic with broadcasting.
binary = {
    "Add": lambda a, b: a + b,
    "Sub": lambda a, b: a - b,
    "Mul": lambda a, b: a * b,
    "Div": lambda a, b: a / b,
    "Max": torch.maximum,
    "Min": torch.minimum,
}
for op, forward in binary.items():
    second = positive if op == "Div" else numbers
    for a, b in [([2, 3], [2, 3]), ([2, 3], [3]), ([2, 1, 3], [4, 1]), ([2, 2], [])]:
        case(op, [numbers(a), second(b)], forward)
case("Max", [ties([3, 5]), ties([5])], torch.maximum)
case("Min", [ties([3, 5]), ties([5])], torch.minimum)
case("Sum", [numbers([2, 3]), numbers([3]), numbers([1, 1])], lambda a, b, c: a + b + c)

unary = {
    "Neg": (lambda x: -x, numbers),
    "Sqrt": (torch.sqrt, positive),
    "Exp": (torch.exp, numbers),
    "Log": (torch.log, positive),
    "Reciprocal": (torch.reciprocal, positive),
    "Abs": (torch.abs, ties),
    "Sigmoid": (torch.sigmoid, numbers),
    "Tanh": (torch.tanh, numbers),
    "Erf": (torch.erf, numbers),
    "Relu": (torch.relu, ties),
    "Identity": (lambda x: x * 1, numbers),
}
for op, (forward, make) in unary.items():
    case(op, [make([3, 4])], forward)
# hardtanh has no gradient at its bounds, as ReLU6 in PyTorch.
case("Clip", [ties([4, 5], (-1, 0, 3, 6, 7))], lambda x: F.hardtanh(x, 0, 6), {"min": 0, "max": 6})
case("Clip", [distinct([4, 5])], lambda x: F.hardtanh(x, -0.5, 1), {"min": -0.5, "max": 1})
case(
    "HardSigmoid",
    [torch.tensor([-4.0, -3.0, -1.0, 0.5, 3.0, 5.0], dtype=torch.float64)],
    lambda x: F.hardtanh(x * 0.125 + 0.375, 0, 1),
    {"alpha": 0.125, "beta": 0.375},
)
case("HardSigmoid", [numbers([5, 4], -5, 5)], lambda x: F.hardtanh(x / 6 + 0.5, 0, 1), {"alpha": 1 / 6, "beta": 0.5})
for c, a, b in [([2, 3], [2, 3], [3]), ([3], [2, 1], [1, 3])]:
    condition = torch.tensor([random.random() < 0.5 for _ in range(torch.Size(c).numel())]).reshape(c)
    case("Where", [condition, numbers(a), numbers(b)], torch.where)

# Matrix products.
for a, b in [([2, 3], [3, 4]), ([2, 2, 3], [2, 3, 2]), ([2, 3], [3, 3, 2]), ([2, 1, 2, 3], [2, 3, 2])]:
    case("MatMul", [numbers(a), numbers(b)], torch.matmul)
for trans_a, trans_b in itertools.product([False, True], repeat=2):
    for batch_a, batch_b in [([], []), ([2], [2]), ([2], [])]:
        a = batch_a + ([3, 2] if trans_a else [2, 3])
        b = batch_b + ([4, 3] if trans_b else [3, 4])
        turn = lambda x, on: x.transpose(-1, -2) if on else x
        case(
            "FusedMatMul",
            [numbers(a), numbers(b)],
            lambda x, y: 0.5 * turn(x, trans_a) @ turn(y, trans_b),
            {"transA": trans_a, "transB": trans_b, "alpha": 0.5},
        )


# Convolution.
def torch_pads(pads):
    """ONNX: all beginnings, then all ends. PyTorch: last axis first, beginning and end."""
    rank = len(pads) // 2
    return [amount for axis in reversed(range(rank)) for amount in (pads[axis], pads[axis + rank])]


def convolution(x, w, strides=None, pads=None, dilations=None, group=None, bias=False):
    rank = len(x) - 2
    attributes = {
        key: value
        for key, value in {"strides": strides, "pads": pads, "dilations": dilations, "group": group}.items()
        if value is not None
    }
    function = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}[rank]

    def forward(image, weight, offset=None):
        padded = F.pad(image, torch_pads(pads)) if pads else image
        return function(padded, weight, offset, strides or 1, 0, dilations or 1, group or 1)

    case("Conv", [numbers(x), numbers(w)] + ([numbers([w[0]])] if bias else []), forward, attributes)


convolution([1, 1, 4, 5], [1, 1, 3, 3])
convolution([2, 2, 4, 4], [3, 2, 3, 3], pads=[1, 1, 1, 1], bias=True)
convolution([2, 2, 5, 4], [2, 2, 3, 3], pads=[1, 1, 1, 1], strides=[2, 2])
convolution([1, 2, 6, 7], [2, 2, 3, 3], pads=[0, 2, 1, 3], strides=[2, 1])
convolution([1, 1, 5, 5], [2, 1, 3, 3], pads=[3, 3, 3, 3])
convolution([1, 1, 6, 6], [2, 1, 3, 2], dilations=[2, 2], pads=[2, 1, 2, 1])
convolution([2, 4, 4, 4], [4, 2, 3, 3], group=2, pads=[1, 1, 1, 1])
convolution([2, 3, 5, 5], [3, 1, 3, 3], group=3, pads=[1, 1, 1, 1], strides=[2, 2])
convolution([1, 2, 4, 4], [4, 1, 3, 3], group=2, pads=[1, 1, 1, 1], bias=True)
convolution([2, 3, 4, 5], [2, 3, 1, 1], strides=[2, 2])
convolution([1, 2, 7, 7], [2, 2, 1, 1], strides=[3, 3])
convolution([2, 3, 3, 3], [2, 3, 1, 1], bias=True)
convolution([1, 2, 9, 8], [2, 2, 7, 7], pads=[3, 3, 3, 3], strides=[2, 2])
convolution([2, 1, 6, 6], [1, 1, 5, 5], pads=[2, 2, 2, 2], strides=[2, 2])
convolution([1, 2, 7], [3, 2, 3], pads=[1, 1], strides=[2])
# A batch laid on a third spatial axis: [1, C, H, W, N].
convolution([1, 2, 4, 5, 3], [2, 2, 3, 3, 1], pads=[1, 1, 0, 1, 1, 0])
convolution([1, 2, 5, 4, 2], [2, 2, 3, 3, 1], pads=[1, 1, 0, 1, 1, 0], strides=[2, 2, 1])
convolution([1, 2, 4, 4, 2], [2, 1, 3, 3, 1], pads=[1, 1, 0, 1, 1, 0], group=2)
convolution([1, 2, 4, 4, 2], [3, 2, 1, 1, 1], strides=[2, 2, 1], bias=True)

# Normalisation.
for shape in ([2, 3, 2, 2], [4, 3]):
    case(
        "BatchNormalization",
        [numbers(shape), numbers([3]), numbers([3]), numbers([3]), positive([3])],
        lambda x, weight, bias, mean, variance: (
            lambda wide: (x - wide(mean)) / torch.sqrt(wide(variance) + 1e-3) * wide(weight) + wide(bias)
        )(lambda vector: vector.reshape([1, 3] + [1] * (x.dim() - 2))),
        {"epsilon": 1e-3},
    )


# Pooling.
def max_pool(x, kernel, strides, pads):
    function = {1: F.max_pool1d, 2: F.max_pool2d}[len(kernel)]
    case(
        "MaxPool",
        [x],
        lambda image: function(F.pad(image, torch_pads(pads), value=-float("inf")), kernel, strides),
        {"kernelShape": kernel, "strides": strides, "pads": pads},
    )


def average_pool(x, kernel, strides, pads):
    case(
        "AveragePool",
        [x],
        lambda image: F.avg_pool2d(F.pad(image, torch_pads(pads)), kernel, strides),
        {"kernelShape": kernel, "strides": strides, "pads": pads, "countIncludePad": True},
    )


max_pool(distinct([2, 2, 7, 6]), [3, 3], [2, 2], [1, 1, 1, 1])
# The first maximum of a window wins.
max_pool(ties([2, 2, 7, 7]), [3, 3], [2, 2], [1, 1, 1, 1])
max_pool(distinct([1, 2, 5, 5]), [2, 3], [1, 2], [0, 1, 1, 0])
max_pool(distinct([1, 2, 9]), [3], [2], [1, 1])
average_pool(numbers([2, 2, 5, 6]), [2, 2], [2, 2], [0, 0, 0, 0])
average_pool(numbers([1, 2, 5, 5]), [3, 3], [1, 2], [1, 1, 1, 1])
average_pool(numbers([1, 1, 5, 4]), [3, 2], [2, 1], [0, 1, 1, 0])
case("GlobalAveragePool", [numbers([2, 3, 3, 2])], lambda x: x.mean((2, 3), keepdim=True))

# Reductions.
for axes, keepdims in [([1], False), ([0, 2], True), ([0, 1, 2], False)]:
    attributes = {"axes": axes, "keepdims": keepdims}
    shape = [2, 3, 4]
    case("ReduceSum", [numbers(shape)], lambda x: x.sum(axes, keepdim=keepdims), attributes)
    case("ReduceMean", [numbers(shape)], lambda x: x.mean(axes, keepdim=keepdims), attributes)
    case("ReduceSumSquare", [numbers(shape)], lambda x: (x * x).sum(axes, keepdim=keepdims), attributes)
    case("ReduceMax", [ties(shape)], lambda x: x.amax(axes, keepdim=keepdims), attributes)
for axis in (0, 1, 2):
    case("Softmax", [numbers([2, 3, 4])], lambda x: x.softmax(axis), {"axis": axis})
    case("LogSoftmax", [numbers([2, 3, 4])], lambda x: x.log_softmax(axis), {"axis": axis})

# Movement.
case("Reshape", [numbers([2, 3, 2])], lambda x: x.reshape(4, 3), {"shape": [4, 3]})
case("Transpose", [numbers([2, 3, 4])], lambda x: x.permute(2, 0, 1), {"perm": [2, 0, 1]})
case(
    "Slice",
    [numbers([7, 6])],
    lambda x: x[1:7:3, 2:5],
    {"starts": [1, 2], "ends": [7, 5], "axes": [0, 1], "steps": [3, 1]},
)
case("Slice", [numbers([2, 8])], lambda x: x[:, 0:7:2], {"starts": [0], "ends": [7], "axes": [1], "steps": [2]})
case("Concat", [numbers([2, 1]), numbers([2, 3]), numbers([2, 2])], lambda *x: torch.cat(x, 1), {"axis": 1})
case("Concat", [numbers([1, 2]), numbers([3, 2])], lambda *x: torch.cat(x, 0), {"axis": 0})
case("Split", [numbers([2, 6])], lambda x: x.split([1, 3, 2], 1), {"axis": 1, "split": [1, 3, 2]})
case("Pad", [numbers([2, 3])], lambda x: F.pad(x, [2, 0, 0, 1]), {"pads": [0, 2, 1, 0]})
case("Pad", [numbers([4, 5])], lambda x: F.pad(x, [-1, 2, 1, -2]), {"pads": [1, -1, -2, 2]})
case("Expand", [numbers([3, 1])], lambda x: x.expand(2, 3, 4), {"shape": [2, 3, 4]})
case("Expand", [numbers([])], lambda x: x.expand(2, 2), {"shape": [2, 2]})
case("Gather", [numbers([4, 3]), torch.tensor([2, 0, 2, 2])], lambda x, i: x[i], {"axis": 0})
case("Gather", [numbers([2, 4]), torch.tensor([[3, 3], [0, 1]])], lambda x, i: x[:, i], {"axis": 1})
case("Gather", [numbers([5]), torch.tensor([[4], [4]])], lambda x, i: x[i], {"axis": 0})
case("Gather", [numbers([3, 2, 2]), torch.tensor(1)], lambda x, i: x[i], {"axis": 0})

# Cases that came later stand last, so that the numbers of those before stay the same.
for slope in (0.25, -1):
    case("LeakyRelu", [ties([3, 4])], lambda x: F.leaky_relu(x, slope), {"alpha": slope})

with open("gradients.jsonl", "w") as file:
    for entry in cases:
        file.write(json.dumps(entry, separators=(",", ":")) + "\n")
