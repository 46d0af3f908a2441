import { component, type EvaluatedDraws, Evaluator, EventSpec } from '@unfold-zoo/core';
import type { Findings } from '@unfold-zoo/core/findings';
import { z } from 'zod';
import { evaluatedBlocks } from '../draws/evaluated-blocks.js';
import { matchParticles } from '../resolution/match-particles.js';
import { toleranceOption } from '../statistics/verdict-options.js';
import { ObjectStatistics } from './object-statistics.js';
import { objectTable, pairTable } from './object-tables.js';
import { objectVerdicts } from './object-verdicts.js';

const objectOptions = z.object({
  near: z
    .number()
    .gt(0)
    .default(0.1)
    .describe('Distance in η and φ below which a particle lies on an object: jets point at their quarks this well'),
  tolerance: toleranceOption(0.02, 'Difference between a share of draws and that of the truth that is no matter'),
});

/** Parsed options of the evaluator `objects`. */
export type ObjectOptions = z.output<typeof objectOptions>;

/** Events that tell what the detector sees each particle as. */
const MATCHED_EVENTS = 2000;

/**
 * Whether drawn particles lie where the detector has objects as often as the true ones do, whether two of them lie on
 * the same object as seldom, and whether a model is as sure of the object as it is right about it. A posterior may be
 * calibrated in every single quantity, and its quarks point between the jets.
 */
export class Objects implements Evaluator {
  constructor(
    readonly spec: EventSpec,
    readonly options: ObjectOptions,
  ) {}

  async evaluate(drawn: EvaluatedDraws): Promise<Findings> {
    const { source, split, start, events } = drawn;
    const matched = await source.read(split, start, Math.min(events, MATCHED_EVENTS));
    const statistics = new ObjectStatistics(this.spec, matchParticles(this.spec, matched), this.options.near);
    for await (const block of evaluatedBlocks(drawn)) statistics.add(block);
    const found = statistics.finish();
    if (found.particles.length === 0) return { tables: [] };
    return {
      tables: [objectTable(this.spec, found, this.options.near), ...pairTable(this.spec, found)],
      verdicts: objectVerdicts(this.spec, found, this.options.tolerance),
    };
  }
}

export const objectsEvaluator = component(Evaluator, 'objects', {
  description:
    'Whether drawn particles lie on the objects of the detector, as true ones do: how near, which, and no two on one',
  options: objectOptions,
  inject: [EventSpec],
  create: ({ options }, spec) => new Objects(spec, options),
});
