"""Golden numbers of the statistics of diagnoses, for test/fixtures/golden/diagnostics.json, with NumPy and SciPy.

    python3 diagnostics_scipy.py > diagnostics.json

The samples are multiples of powers of 1/2, which every precision has, and stand in the file beside what SciPy makes of
them: exact Kolmogorov-Smirnov chances, chances of chi squared, of normal numbers and of flips of signs, coverage of
central intervals, the area under the curve of Mann and Whitney, nearest neighbours, and the chi squared of counts in
Voronoi regions.
"""

import json

import numpy as np
import scipy
from scipy import spatial, stats

RNG = np.random.default_rng(20240204)


def coarse(values, steps=64):
    return np.round(np.asarray(values) * steps) / steps


def kolmogorov_samples():
    for count, power in [(10, 1.0), (40, 1.5), (200, 1.0), (200, 1.25)]:
        values = coarse(RNG.uniform(size=count) ** power, 4096)
        found = stats.kstest(values, "uniform", method="exact")
        yield {"values": values.tolist(), "distance": found.statistic, "probability": found.pvalue}


def kolmogorov_chances():
    for count in [10, 100, 1000, 5000]:
        for wanted in [0.9, 0.5, 0.1, 0.05, 0.01, 1e-3, 1e-6, 1e-12]:
            distance = float(stats.kstwo.isf(wanted, count))
            yield {"count": count, "distance": distance, "probability": float(stats.kstwo.sf(distance, count))}
    # Two places where the formula in use is known to be far off.
    for count, distance in [(10, 0.5), (1000, 0.14)]:
        yield {"count": count, "distance": distance, "probability": float(stats.kstwo.sf(distance, count))}


def chi_squared_chances():
    for degrees in [1, 2, 9, 49, 500]:
        for ratio in [0.25, 0.9, 1.0, 1.5, 4.0]:
            value = ratio * degrees
            yield {"chiSquared": value, "degreesOfFreedom": degrees, "probability": stats.chi2.sf(value, degrees)}


def normal_numbers():
    quantiles = [1e-12, 1e-6, 0.01, 0.02425, 0.1, 0.4, 0.5, 0.7, 0.975, 0.999999]
    scores = [0.0, 0.5, 1.0, 1.96, 3.0, 6.0, 10.0]
    return {
        "quantiles": [{"probability": p, "quantile": float(stats.norm.ppf(p))} for p in quantiles],
        "chances": [{"z": z, "probability": float(2 * stats.norm.sf(z))} for z in scores],
    }


def coverage():
    """Of 60 events with 15 draws each, from posteriors that are too narrow, with weights and without.

    The truth's place among its draws is spread evenly over the cell of its rank, (rank + v) / 16 with v in [0, 1], and
    the share of the cell that lies in the central interval counts.
    """
    events, draws = 60, 15
    centres = RNG.normal(size=(events, 1))
    truth = coarse(centres[:, 0] + RNG.normal(size=events))
    drawn = coarse(centres + 0.7 * RNG.normal(size=(events, draws)), 4096) + 1 / 8192
    weights = coarse(RNG.uniform(-0.25, 2, size=events))
    ranks = (drawn < truth[:, None]).sum(axis=1)
    low, high = ranks / (draws + 1), (ranks + 1) / (draws + 1)

    def share(level, weight):
        overlap = np.minimum(high, (1 + level) / 2) - np.maximum(low, (1 - level) / 2)
        return float(np.average(np.maximum(overlap, 0) * (draws + 1), weights=weight))

    levels = [0.1, 0.5, 0.6827, 0.9, 0.975]
    return {
        "truth": truth.tolist(),
        "draws": drawn.tolist(),
        "weights": weights.tolist(),
        "levels": [{"level": p, "all": share(p, None), "weighted": share(p, weights)} for p in levels],
    }


def area_under_curve():
    truth, drawn = coarse(RNG.normal(0.5, 1, size=70), 8), coarse(RNG.normal(size=70), 8)
    found = stats.mannwhitneyu(truth, drawn).statistic / (len(truth) * len(drawn))
    return {"truth": truth.tolist(), "draws": drawn.tolist(), "area": float(found)}


def neighbours_and_regions():
    """Of two samples in four dimensions, the second of which is shifted in one of them."""
    first, second = coarse(RNG.normal(size=(90, 4))), coarse(RNG.normal(size=(110, 4)) + [0.5, 0, 0, 0])
    references = coarse(RNG.normal(size=(7, 4))) + 1 / 8192
    both = np.concatenate([first, second])
    regions = spatial.distance.cdist(both, references).argmin(axis=1)
    counts = [np.bincount(part, minlength=len(references)) for part in (regions[: len(first)], regions[len(first) :])]
    found = stats.chi2_contingency(np.array(counts), correction=False)
    distances, _ = spatial.cKDTree(second).query(first)
    return {
        "first": first.tolist(),
        "second": second.tolist(),
        "references": references.tolist(),
        "nearestOfSecond": distances.tolist(),
        "regions": regions.tolist(),
        "chiSquared": float(found.statistic),
        "degreesOfFreedom": int(found.dof),
        "probability": float(found.pvalue),
    }


def sign_flips():
    for wins, losses in [(9, 3), (30, 20), (55, 45)]:
        probability = stats.binomtest(wins, wins + losses, alternative="greater").pvalue
        yield {"wins": wins, "losses": losses, "probability": float(probability)}


def exchanged_distance():
    first, second = coarse(RNG.normal(size=50)), coarse(RNG.normal(0.25, 1, size=50))
    weights = coarse(RNG.uniform(0.25, 2, size=50))
    return {
        "first": first.tolist(),
        "second": second.tolist(),
        "weights": weights.tolist(),
        "distance": float(stats.wasserstein_distance(first, second)),
        "weighted": float(stats.wasserstein_distance(first, second, weights, weights)),
    }


def main():
    golden = {
        "source": f"SciPy {scipy.__version__}, NumPy {np.__version__}",
        "kolmogorovSamples": list(kolmogorov_samples()),
        "kolmogorovChances": list(kolmogorov_chances()),
        "chiSquaredChances": list(chi_squared_chances()),
        "normal": normal_numbers(),
        "coverage": coverage(),
        "areaUnderCurve": area_under_curve(),
        "regions": neighbours_and_regions(),
        "signFlips": list(sign_flips()),
        "exchangedDistance": exchanged_distance(),
    }
    print(json.dumps(golden))


if __name__ == "__main__":
    main()
