import { component, type EvaluatedDraws, Evaluator, EventSpec, type Rng } from '@unfold-zoo/core';
import type { Findings, Table, Verdict } from '@unfold-zoo/core/findings';
import { z } from 'zod';
import { modelColumns, probabilityText } from '../drawing/number-text.js';
import { pairedSample } from '../draws/paired-sample.js';
import { resolvedOption, significanceOption, toleranceOption } from '../statistics/verdict-options.js';
import { type PqMassResult, pqMassTest } from './pq-mass-test.js';

const pqMassOptions = z.object({
  significance: significanceOption(0.05, 'Chance that right draws are called bad'),
  tolerance: toleranceOption(0.05, 'A difference as large as this shift in sd is no matter'),
  resolved: resolvedOption(
    0.3,
    'The shift in sd that is seen at two standard errors must be below this, or the verdict is undecided',
  ),
  partitions: z.int().min(1).max(100).default(10).describe('Random partitions of the space of all momenta'),
  regions: z.int().min(2).max(1000).default(50).describe('Regions of each; fewer where there are few events'),
  events: z.int().min(2).default(5_000).describe('Evaluated events, of half of which the truth is taken'),
  shuffles: z.int().min(99).default(999).describe('Random exchanges that the chance of all partitions is found from'),
});

/** Parsed options of the evaluator `pq-mass`. */
export type PqMassOptions = z.output<typeof pqMassOptions>;

/** With fewer there are no two regions that both samples fall into. */
const LEAST_EVENTS = 10;

/** Whether draws are where the truth is: counts of both in random regions of the space of all momenta. */
export class PqMass implements Evaluator {
  constructor(
    readonly spec: EventSpec,
    readonly options: PqMassOptions,
    readonly rng: Rng,
  ) {}

  async evaluate(drawn: EvaluatedDraws): Promise<Findings> {
    const pairs = await pairedSample(drawn, this.options.events);
    if (pairs.events < LEAST_EVENTS) {
      const text = `not enough events to tell: ${pairs.events}`;
      return { tables: [], verdicts: [{ ...ABOUT, status: 'undecided', badness: 0, text }] };
    }
    const result = pqMassTest(this.spec, pairs, this.options, this.rng.fork('pq-mass'));
    return { tables: [tableOf(result)], verdicts: [this.#verdict(result)] };
  }

  #verdict({ meanChiSquared, meanDegreesOfFreedom, chance, inverseEvents }: PqMassResult): Verdict {
    const { significance, tolerance, resolved } = this.options;
    // Of a normal distribution that is shifted by d the expected excess, over the inverse events, is about d^2.
    const badness = Math.sqrt(Math.max(0, meanChiSquared - meanDegreesOfFreedom) * inverseEvents);
    const told = `chi² ${meanChiSquared.toFixed(1)} of ${meanDegreesOfFreedom.toFixed(1)} degrees of freedom`;
    const text = `${told}, chance ${probabilityText(chance)}`;
    if (chance < significance && badness > tolerance)
      return { ...ABOUT, status: 'bad', badness, text: `not where the truth is: ${text}` };
    const seen = Math.sqrt(2 * Math.sqrt(2 * meanDegreesOfFreedom) * inverseEvents);
    if (seen > resolved) return { ...ABOUT, status: 'undecided', badness, text: `not enough events to tell: ${text}` };
    return { ...ABOUT, status: 'good', badness, text: `where the truth is: ${text}` };
  }
}

const ABOUT = { quantity: 'all momenta together', diagnostic: 'pq-mass' } as const;

function tableOf({ partitions, meanChiSquared, meanDegreesOfFreedom, chance }: PqMassResult): Table {
  const cells = (chiSquared: number, degreesOfFreedom: number, probability: number): string[] => [
    chiSquared.toFixed(1),
    degreesOfFreedom.toFixed(Number.isInteger(degreesOfFreedom) ? 0 : 1),
    (chiSquared / Math.max(degreesOfFreedom, 1)).toFixed(3),
    probabilityText(probability),
  ];
  return {
    title: 'Counts of truth and draws in random regions (PQMass)',
    heading: 'Partition',
    columns: modelColumns('chi²', 'degrees of freedom', 'ratio', 'chance'),
    rows: [
      ...partitions.map((each, k) => ({
        label: `set ${k + 1}`,
        origin: 'model' as const,
        cells: cells(each.chiSquared, each.degreesOfFreedom, each.chance),
      })),
      { label: 'Mean', origin: 'sum', cells: cells(meanChiSquared, meanDegreesOfFreedom, chance) },
    ],
    notes: [
      'Truth of a random half of the events against draws of the others. The regions are nearest to random events, ' +
        'in the standardised momenta of all particles. The chance of the mean is found by random exchange of both ' +
        'samples.',
    ],
  };
}

export const pqMassEvaluator = component(Evaluator, 'pq-mass', {
  description: 'Whether draws are where the truth is: counts of both in random regions of the space of all momenta',
  options: pqMassOptions,
  inject: [EventSpec],
  create: ({ options, rng }, spec) => new PqMass(spec, options, rng),
});
