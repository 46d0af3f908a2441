"""Golden numbers of AdamW and Lion, for test/fixtures/golden/decoupled_decay.json.

    python3 decoupled_decay.py > decoupled_decay.json

AdamW is torch.optim.AdamW in float64 where torch can be imported, and otherwise the recurrence that its page documents
(Loshchilov and Hutter 2019, algorithm 2, with the decay multiplied by the learning rate), in Python's float64. Lion is
the recurrence of Chen et al. 2023, algorithm 2. The fixture says which of them its numbers are from.
"""

import json
import math

STEPS, SIZE = 12, 5
START = [1.0, -0.5, 0.25, 2.0, -1.5]


def gradient(step):
    """Multiples of 1/64, which float32 has, of both signs and with a zero."""
    return [((37 * step + 23 * i + 11 * step * i) % 129 - 64) / 64 if (step + i) % 7 else 0.0 for i in range(SIZE)]


def adamw(learning_rate, beta1, beta2, epsilon, weight_decay):
    w, m, v = list(START), [0.0] * SIZE, [0.0] * SIZE
    for t in range(1, STEPS + 1):
        g = gradient(t)
        for i in range(SIZE):
            w[i] -= learning_rate * weight_decay * w[i]
            m[i] = beta1 * m[i] + (1 - beta1) * g[i]
            v[i] = beta2 * v[i] + (1 - beta2) * g[i] ** 2
            corrected_mean = m[i] / (1 - beta1**t)
            corrected_square = v[i] / (1 - beta2**t)
            w[i] -= learning_rate * corrected_mean / (math.sqrt(corrected_square) + epsilon)
        yield list(w)


def torch_adamw(torch, learning_rate, beta1, beta2, epsilon, weight_decay):
    w = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.AdamW([w], learning_rate, (beta1, beta2), epsilon, weight_decay)
    for t in range(1, STEPS + 1):
        w.grad = torch.tensor(gradient(t), dtype=torch.float64)
        optimiser.step()
        yield w.detach().tolist()


def lion(learning_rate, beta1, beta2, weight_decay):
    w, m = list(START), [0.0] * SIZE
    for t in range(1, STEPS + 1):
        g = gradient(t)
        for i in range(SIZE):
            interpolated = beta1 * m[i] + (1 - beta1) * g[i]
            sign = (interpolated > 0) - (interpolated < 0)
            w[i] -= learning_rate * (sign + weight_decay * w[i])
            m[i] = beta2 * m[i] + (1 - beta2) * g[i]
        yield list(w)


def main():
    try:
        import torch
    except ImportError:
        torch = None
    runs = []
    for decay in (0.01, 0.3):
        rows = torch_adamw(torch, 0.05, 0.9, 0.999, 1e-8, decay) if torch else adamw(0.05, 0.9, 0.999, 1e-8, decay)
        options = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weightDecay": decay}
        runs.append({"optimiser": "adamw", "options": options, "learningRate": 0.05, "weights": list(rows)})
    for decay in (0.0, 0.1):
        options = {"beta1": 0.9, "beta2": 0.99, "weightDecay": decay}
        runs.append({"optimiser": "lion", "options": options, "learningRate": 0.01})
        runs[-1]["weights"] = list(lion(0.01, 0.9, 0.99, decay))
    adamw_source = f"torch.optim.AdamW, PyTorch {torch.__version__}" if torch else (
        "the recurrence that torch.optim.AdamW documents, in Python's float64; PyTorch itself was not at hand")
    source = {"adamw": adamw_source, "lion": "the recurrence of Chen et al. 2023, algorithm 2, in Python's float64"}
    gradients = [gradient(t) for t in range(1, STEPS + 1)]
    print(json.dumps({"meta": source, "start": START, "gradients": gradients, "runs": runs}))


main()
