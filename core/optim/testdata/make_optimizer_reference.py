"""Known answers for optimizer_test.ts: five steps of torch.optim in float64.

    pip install torch==1.13.1
    python make_optimizer_reference.py > optimizer_reference.jsonl

The gradients do not depend on the parameters: g[t][i] = cos(1.7 t + 0.9 i) * 10^(i mod 3 - 1), so
that moments over steps and scales are told apart. The learning rate differs from step to step.
"""

import json
import math

import torch

START = [0.5, -1.25, 2.0, -0.125, 0.0, 3.5]
RATES = [0.1, 0.05, 0.2, 0.02, 0.1]

CASES = [
    ("sgd", {"momentum": 0.9, "weightDecay": 1e-4}),
    ("sgd", {"momentum": 0.9, "weightDecay": 0}),
    ("sgd", {"momentum": 0, "weightDecay": 0.01}),
    ("adamw", {}),
    ("adamw", {"beta1": 0.8, "beta2": 0.95, "epsilon": 1e-3, "weightDecay": 0.1}),
    ("adamw", {"weightDecay": 0}),
]

for name, options in CASES:
    parameter = torch.nn.Parameter(torch.tensor(START, dtype=torch.float64))
    if name == "sgd":
        optimizer = torch.optim.SGD([parameter], lr=1, momentum=options["momentum"], weight_decay=options["weightDecay"])
    else:
        optimizer = torch.optim.AdamW(
            [parameter],
            lr=1,
            betas=(options.get("beta1", 0.9), options.get("beta2", 0.999)),
            eps=options.get("epsilon", 1e-8),
            weight_decay=options.get("weightDecay", 0.01),
        )
    gradients, parameters = [], []
    for step, rate in enumerate(RATES):
        gradient = [math.cos(1.7 * step + 0.9 * i) * 10 ** (i % 3 - 1) for i in range(len(START))]
        parameter.grad = torch.tensor(gradient, dtype=torch.float64)
        optimizer.param_groups[0]["lr"] = rate
        optimizer.step()
        gradients.append([float(f"{x:.12g}") for x in gradient])
        parameters.append([float(f"{x:.12g}") for x in parameter.tolist()])
    print(json.dumps({"optimizer": name, "options": options, "start": START, "rates": RATES, "gradients": gradients, "parameters": parameters}))
