import { component, type EvaluatedDraws, Evaluator, EventSpec, type Rng, UserError } from '@unfold-zoo/core';
import type { Findings, Table, Verdict } from '@unfold-zoo/core/findings';
import { z } from 'zod';
import { modelColumns, probabilityText, withError } from '../drawing/number-text.js';
import { evaluatedBlocks } from '../draws/evaluated-blocks.js';
import { holmAdjusted } from '../statistics/holm.js';
import { resolvedOption, significanceOption, toleranceOption } from '../statistics/verdict-options.js';
import { densityAtTruth } from './density-at-truth.js';
import { type DistanceVerdict, distanceProbability, distanceVerdict, excess, isKnown } from './distance-verdict.js';
import { DrawDensities, type DrawDensity, unlikelyDraws } from './draw-densities.js';
import { type ComparedBlock, EventDistances, type ProjectedDistance } from './event-distances.js';
import { exactPosteriorFigure, type ShownQuantity } from './exact-posterior-figure.js';
import { along, isMomentum, projectionsOf, withEnergies } from './projections.js';

const exactPosteriorOptions = z.object({
  significance: significanceOption(0.05, 'Chance, over all rows, that exact draws are called bad'),
  tolerance: toleranceOption(0.05, 'Distance in sd of the exact posterior that is no matter'),
  resolved: resolvedOption(0.1, 'Two standard errors, and the distance that is seen, must be below this for good'),
  directions: z.int().min(1).max(256).default(8).describe('Random directions in which momenta are compared together'),
});

/** Parsed options of the evaluator `exact-posterior`. */
export type ExactPosteriorOptions = z.output<typeof exactPosteriorOptions>;

/** A distance and what is said of it. */
interface JudgedDistance extends ProjectedDistance {
  readonly probability: number;
  readonly verdict: DistanceVerdict;
}

/** How far draws are from the exact posterior of their own event, for data that know it. */
export class ExactPosteriorDistance implements Evaluator {
  constructor(
    readonly spec: EventSpec,
    readonly options: ExactPosteriorOptions,
    readonly rng: Rng,
  ) {}

  /** @throws UserError for data whose posterior is not known. */
  async evaluate(drawn: EvaluatedDraws): Promise<Findings> {
    const projections = projectionsOf(this.spec, this.options.directions, this.rng.fork('directions'));
    const distances = new EventDistances(projections);
    const densities = new DrawDensities(this.spec.particles.length, drawn.draws);
    let first: ComparedBlock | undefined;
    for await (const { block, posterior } of this.#comparedBlocks(drawn)) {
      distances.add(block);
      densities.add(posterior, block.model, block.exact);
      first ??= block;
    }
    const judged = this.#judge(distances.finish());
    const own = await densityAtTruth(drawn);
    const shown = first ? shownQuantities(this.spec, judged, first) : [];
    return {
      tables: [this.#distanceTable(judged), ...this.#densityTables(densities.finish(), drawn.draws), ...own],
      figures: shown.length > 0 ? [exactPosteriorFigure(this.spec, drawn.start, shown)] : [],
      verdicts: judged.map(({ projection, verdict }): Verdict => {
        return { quantity: projection.label, diagnostic: 'exact-posterior', ...verdict };
      }),
    };
  }

  async *#comparedBlocks(drawn: EvaluatedDraws) {
    const { source, draws } = drawn;
    if (!source.exactPosterior)
      throw new UserError(
        'invalid evaluators: exact-posterior needs data whose posterior is known exactly, e.g. kind: linear-gaussian',
      );
    let place = drawn.start;
    for await (const { size, truth, partons, weights, observed } of evaluatedBlocks(drawn)) {
      const posterior = source.exactPosterior(observed);
      const draw = (name: string): Float32Array => posterior.draw(this.rng.fork(name).fork(`from ${place}`), draws);
      const [exact, other] = [draw('exact'), draw('other')];
      place += size;
      yield { posterior, block: { size, draws, truth, model: partons, exact, other, ...(weights && { weights }) } };
    }
  }

  #judge(found: readonly ProjectedDistance[]): JudgedDistance[] {
    const adjusted = holmAdjusted(found.map(distanceProbability));
    return found.map((each, i) => {
      const probability = adjusted[i]!;
      return { ...each, probability, verdict: distanceVerdict(each, probability, this.options) };
    });
  }

  #distanceTable(judged: readonly JudgedDistance[]): Table {
    const rows = judged.map((found) => ({
      label: found.projection.label,
      origin: 'model' as const,
      cells: [
        withError(found.distance, found.error),
        found.floor.toPrecision(3),
        excess(found).toFixed(3),
        isKnown(found) ? '' : (found.modelDeviation / found.exactDeviation).toFixed(2),
        probabilityText(found.probability),
        found.verdict.text,
      ],
    }));
    const mean = judged.reduce((sum, found) => sum + excess(found), 0) / judged.length;
    const good = judged.filter(({ verdict }) => verdict.status === 'good').length;
    const total = ['', '', mean.toFixed(3), '', '', `${good} of ${judged.length} as near as exact draws`];
    return {
      title: 'Distance to the exact posterior of each event',
      heading: 'Quantity',
      columns: modelColumns('Distance [GeV]', 'Floor [GeV]', 'In sd', 'Width', 'adjusted', 'Verdict'),
      rows: [...rows, { label: 'Mean', origin: 'sum', cells: total }],
      notes: [
        'Distance: Wasserstein distance of the draws to as many exact draws for the same event, mean over events; ' +
          'floor: that of other exact draws, which a perfect model has. Momentum: mean over random directions.',
        'In sd: sqrt(distance² − floor²), in standard deviations of the exact posterior; of a number that the ' +
          "detector tells exactly, in those of the truth over events. Width: the draws' over the exact posterior's.",
        'Adjusted: chance of such a distance for exact draws, adjusted for how many are looked at (Holm). A verdict ' +
          `is bad below ${this.options.significance} if the distance is above ${this.options.tolerance} sd, and good ` +
          `where it is known to be below ${this.options.resolved} sd.`,
      ],
    };
  }

  #densityTables(found: readonly (DrawDensity | undefined)[], draws: number): Table[] {
    const rows = found.flatMap((each, particle) =>
      each
        ? [{ label: this.spec.particles[particle]!.label, origin: 'model' as const, cells: densityCells(each) }]
        : [],
    );
    if (rows.length === 0) return [];
    const without = this.spec.particles.filter((_, particle) => !found[particle]).map(({ label }) => label);
    return [
      {
        title: 'Exact density at the draws',
        heading: 'Particle',
        columns: modelColumns('ln p', 'ln p of exact draws', 'Unlikely'),
        rows,
        notes: [
          'ln p: median logarithm of the exact density of mass and momentum at the draws, in GeV. Higher than of ' +
            'exact draws: too narrow; lower: too wide, or in the wrong place.',
          'Unlikely: share of draws of a lower density than nearly all exact draws of their event; ' +
            `${unlikelyDraws(draws).share.toFixed(3)} for right ones.`,
          ...(without.length > 0 ? [`Without a density: ${without.join(', ')}.`] : []),
        ],
      },
    ];
  }
}

function densityCells({ ofModel, ofExact, unlikely }: DrawDensity): string[] {
  const text = (value: number): string => (Number.isFinite(value) ? value.toFixed(2) : 'where none can be');
  return [text(ofModel), text(ofExact), unlikely.toFixed(3)];
}

/** Of each particle, the uncertain momentum in which the model is worst, in the first event of a block. */
function shownQuantities(spec: EventSpec, judged: readonly JudgedDistance[], block: ComparedBlock): ShownQuantity[] {
  const [model, exact] = [withEnergies(block.model), withEnergies(block.exact)];
  return spec.particles.flatMap((_, particle) => {
    const own = judged.filter(({ projection }) => isMomentum(projection) && projection.particle === particle);
    const [worst] = own.filter((found) => !isKnown(found)).toSorted((a, b) => excess(b) - excess(a));
    if (!worst) return [];
    const { label, directions } = worst.projection;
    const sorted = (rows: Float64Array) => along(rows, directions[0]!, 0, block.draws).sort();
    return [{ label, model: sorted(model), exact: sorted(exact) }];
  });
}

/** The component `exact-posterior` of the role `evaluators`. */
export const exactPosteriorEvaluator = component(Evaluator, 'exact-posterior', {
  description: 'How far draws are from the exact posterior of their own event, for data that know it',
  options: exactPosteriorOptions,
  inject: [EventSpec],
  create: ({ options, rng }, spec) => new ExactPosteriorDistance(spec, options, rng),
});
