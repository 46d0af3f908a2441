"""Unfolded values and covariances by NumPy, independently of this project: test/fixtures/golden/unfolding.json.

    python3 bench/peers/unfolding_numpy.py > test/fixtures/golden/unfolding.json

Covariances follow from derivatives by complex steps, which are exact to rounding, so that no formula is used twice.
"""

import json

import numpy as np

rng = np.random.default_rng(7)
TRUTH, DETECTOR = 5, 8
joint = rng.gamma(2.0, 20.0, (DETECTOR, TRUTH)) + 300 * np.exp(
    -0.5 * ((np.arange(DETECTOR)[:, None] / DETECTOR - np.arange(TRUTH)[None] / TRUTH) / 0.12) ** 2
)
missed = rng.uniform(50, 200, TRUTH)
fakes = rng.uniform(5, 40, DETECTOR)
counts = rng.poisson(1.3 * (joint.sum(1) + fakes) * np.linspace(0.8, 1.2, DETECTOR)).astype(float)

truth = joint.sum(0) + missed
matrix = joint / truth
purity = joint.sum(1) / (joint.sum(1) + fakes)


def bayes(data, iterations):
    """D'Agostini's iteration with the fakes as one more cause."""
    chances = np.hstack([matrix, (fakes / fakes.sum())[:, None]])
    spectrum = np.append(truth, fakes.sum())
    for _ in range(iterations):
        spectrum = spectrum / chances.sum(0) * (chances.T @ (data / (chances @ spectrum)))
    return spectrum[:TRUTH]


def tikhonov(data, tau, conditions, bias, area):
    """The stationary point of chi-squared, penalty and constraint, as one linear system."""
    weight = np.diag(1 / (purity**2 * counts))
    penalty = tau**2 * conditions.T @ conditions
    pure = purity * data
    system = matrix.T @ weight @ matrix + penalty
    right = matrix.T @ weight @ pure + penalty @ (bias * truth)
    if not area:
        return np.linalg.solve(system, right)
    sums = matrix.sum(0)
    bordered = np.block([[system, -sums[:, None]], [sums[None], np.zeros((1, 1))]])
    return np.linalg.solve(bordered, np.append(right, pure.sum()))[:TRUTH]


def with_covariance(unfold):
    """Values, and their covariance for Poisson counts."""
    steps = np.eye(DETECTOR) * 1e-20j
    slopes = np.array([unfold(counts + step).imag / 1e-20 for step in steps])
    return {"values": unfold(counts).tolist(), "covariance": (slopes.T * counts @ slopes).tolist()}


size, curvature = np.eye(TRUTH), np.diff(np.eye(TRUTH), 2, axis=0)
print(
    json.dumps(
        {
            "joint": joint.tolist(),
            "missed": missed.tolist(),
            "fakes": fakes.tolist(),
            "counts": counts.tolist(),
            "methods": {
                "bayes3": with_covariance(lambda data: bayes(data, 3)),
                "size": with_covariance(lambda data: tikhonov(data, 0.02, size, 1, True)),
                "curvature": with_covariance(lambda data: tikhonov(data, 0.03, curvature, 0.5, False)),
            },
        },
        indent=1,
    )
)
