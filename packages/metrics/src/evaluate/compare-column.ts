import type { OrderedSample } from '../bootstrap/ordered-sample.js';
import type { Draws } from '../bootstrap/replicas.js';
import { replicatedDistances } from '../bootstrap/replicated-cdf.js';
import { type BinnedRecipe, binnedDivergence } from '../distances/binned-divergences.js';
import { type CdfDistances, mergeDistances } from '../distances/cdf-distances.js';
import { binEdges, binStarts, binWeights, replicatedBinWeights } from '../distances/equal-bins.js';
import { totalWeight } from '../distances/sorted-sums.js';

/** A metric of this package as plain data, which a worker thread can be sent. */
export type Recipe = { readonly kind: keyof CdfDistances } | BinnedRecipe;

/**
 * [metric][1 + R]: each distance of two samples of one quantity, and that of each bootstrap replica.
 *
 * Replicas are binned as the sample itself is. The smallest and largest value of a replica are those of the sample or
 * within it, so that the bootstrap knows nothing of how a range varies (Bickel and Freedman 1981): binning each replica
 * anew would add an error that is none.
 */
export function compareColumn(
  recipes: readonly Recipe[],
  draws: Draws,
  truth: OrderedSample,
  predicted: OrderedSample,
): Float64Array[] {
  const binned = recipes.filter((recipe) => 'rules' in recipe);
  const ofBins = binned.length > 0 ? compareBins(binned, draws, truth, predicted) : [];
  const ofCdf = binned.length < recipes.length ? compareCdf(draws, truth, predicted) : [];
  return recipes.map((recipe) =>
    'rules' in recipe
      ? ofBins[binned.indexOf(recipe)]!
      : Float64Array.from(ofCdf, (distances) => distances[recipe.kind]),
  );
}

function compareCdf(draws: Draws, truth: OrderedSample, predicted: OrderedSample): CdfDistances[] {
  const whole = mergeDistances(truth, predicted);
  return draws.replicas > 0 ? [whole, ...replicatedDistances(draws, truth, predicted)] : [whole];
}

function compareBins(
  recipes: readonly BinnedRecipe[],
  draws: Draws,
  truth: OrderedSample,
  predicted: OrderedSample,
): Float64Array[] {
  const edges = recipes.map(({ rules }) => binEdges(truth, predicted, rules));
  const [p, q] = [truth, predicted].map((sample) => {
    const starts = edges.map((each, h) => binStarts(sample.values, each, recipes[h]!.rules));
    const replicas = replicatedBinWeights(draws, sample, starts);
    return starts.map((each, h) => [
      { bins: binWeights(sample, each), total: totalWeight(sample) },
      ...replicas[h]!.map((bins, r) => ({ bins, total: sample.totals[r]! })),
    ]);
  });
  return recipes.map((recipe, h) =>
    Float64Array.from(p![h]!, (ofTruth, replica) => binnedDivergence(recipe, ofTruth, q![h]![replica]!)),
  );
}
