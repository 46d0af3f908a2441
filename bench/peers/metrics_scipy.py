"""The six distances of the paper's Table 1 with SciPy and NumPy, to compare speeds with. Never needed.

    python3 metrics_scipy.py --folder FOLDER --particles 2 [--mode presorted]

FOLDER holds truth.f64 and predicted.f64, [particles][mass, logE, px, py, pz][events] in float64 as bench/metrics.mjs
writes them. Everything after reading is timed: eight quantities of each particle, six distances of each.

`plain`      scipy.stats.wasserstein_distance, energy_distance and ks_2samp on the columns as they are.
`presorted`  the same on columns sorted once with np.sort: SciPy sorts again, but what is sorted already sorts faster.
`fused`      no SciPy: NumPy alone, one sort of both samples together, whose cumulative sums serve all three distances.
             What somebody would write who knows that the three share a difference of distribution functions.
ks_2samp is asked for its asymptotic p-value, the cheapest that it offers; it has no way to leave it out. The three
histograms of all modes are np.histogram with equal bins over the truth's range, predictions clipped into it, half a
count added to every bin: NumPy's fast path for equal bins, without a sort. One thread, as all of these functions have.
Prints one line of JSON, with the sums of each distance.
"""

import argparse
import json
import os
import resource
import time

import numpy as np
from scipy import stats

BINS = (64, 128, 256)
SMALLEST_PT = 1e-3


def quantities(mass, log_energy, px, py, pz):
    pt = np.sqrt(px * px + py * py)
    yield "mass", mass
    yield "pt", pt
    yield "eta", np.arcsinh(pz / np.maximum(pt, SMALLEST_PT))
    yield "phi", np.arctan2(py, px)
    yield "energy", np.exp(log_energy)
    yield "px", px
    yield "py", py
    yield "pz", pz


def three_of_scipy(u, v):
    return [
        stats.wasserstein_distance(u, v),
        stats.energy_distance(u, v),
        stats.ks_2samp(u, v, method="asymp").statistic,
    ]


def three_fused(u, v):
    both = np.concatenate([u, v])
    order = np.argsort(both)
    steps = np.where(order < len(u), 1 / len(u), -1 / len(v))
    gaps = np.diff(both[order])
    difference = np.abs(np.cumsum(steps)[:-1])
    return [
        np.dot(difference, gaps),
        np.sqrt(2 * np.dot(difference * difference, gaps)),
        np.max(difference, where=gaps > 0, initial=0),
    ]


def divergences(u, v):
    low, high = u.min(), u.max()
    if low == high:
        margin = max(1e-3 * abs(low), 1e-3)
        low, high = low - margin, high + margin
    clipped = np.clip(v, low, high)
    for bins in BINS:
        p = np.histogram(u, bins, (low, high))[0] + 0.5
        q = np.histogram(clipped, bins, (low, high))[0] + 0.5
        p /= p.sum()
        q /= q.sum()
        yield np.sum(p * np.log(p / q))


def six(u, v, mode):
    if mode == "presorted":
        u, v = np.sort(u), np.sort(v)
    three = three_fused(u, v) if mode == "fused" else three_of_scipy(u, v)
    return np.array([*three, *divergences(u, v)])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", required=True)
    parser.add_argument("--particles", type=int, required=True)
    parser.add_argument("--mode", choices=["plain", "presorted", "fused"], default="presorted")
    arguments = parser.parse_args()
    read = lambda name: np.fromfile(os.path.join(arguments.folder, name)).reshape(arguments.particles, 5, -1)
    truth, predicted = read("truth.f64"), read("predicted.f64")
    totals = np.zeros(6)
    start, cpu = time.perf_counter(), time.process_time()
    for particle in range(arguments.particles):
        pairs = zip(quantities(*truth[particle]), quantities(*predicted[particle]))
        for (_, u), (_, v) in pairs:
            totals += six(u, v, arguments.mode)
    seconds = time.perf_counter() - start
    cpu_seconds = time.process_time() - cpu
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = {"seconds": seconds, "cpuSeconds": cpu_seconds, "totals": totals.tolist(), "memoryMiB": round(memory)}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
