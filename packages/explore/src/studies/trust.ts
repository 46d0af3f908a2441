import { type EventSpec, UserError } from '@unfold-zoo/core';
import { partonsOfMomenta } from '@unfold-zoo/data';
import { columnName, particleColumns } from '@unfold-zoo/diagnostics';
import { kinematicQuantity, particleMomenta, partonColumns } from '@unfold-zoo/metrics';
import { rankIn, summariseSample } from '@unfold-zoo/report';
import type { Run } from '@unfold-zoo/runs';
import { z } from 'zod';
import { textInside } from '../folders/inside.js';
import type { DrawFileView, RanksView, TrustView } from '../view/ranks-view.js';
import type { DrawSet } from './draw-sets.js';
import { choiceOf, keyOf } from './quantities.js';

const verdict = z.object({
  quantity: z.string(),
  diagnostic: z.string(),
  status: z.string(),
  badness: z.number(),
  text: z.string(),
});
const diagnosis = z.object({ events: z.number(), draws: z.number(), verdicts: z.array(verdict) });

/** What the diagnosis in the folder of a run says, and which draws ranks can be taken from. */
export function viewTrust(run: Run, files: readonly DrawFileView[]): TrustView {
  const several = files.filter(({ draws, hasTruth }) => draws > 1 && hasTruth);
  const text = textInside(run.folder, 'diagnosis/diagnosis.json', 64e6);
  if (text === undefined) return { verdicts: [], files: several };
  const { success, data } = diagnosis.safeParse(jsonOf(text));
  if (!success) throw new UserError('invalid diagnosis/diagnosis.json: expected what unfold diagnose writes');
  const { events, draws, verdicts } = data;
  const keys = new Map(particleColumns(run.spec).map((each) => [columnName(run.spec, each), keyOf(run.spec, each)]));
  const keyed = verdicts.map((each) => {
    const key = keys.get(each.quantity);
    return { ...each, ...(key !== undefined && { key }) };
  });
  const order = (status: string): number => ['bad', 'undecided', 'good'].indexOf(status);
  const sorted = keyed.toSorted((a, b) => order(a.status) - order(b.status) || b.badness - a.badness);
  return { verdicts: sorted, events, draws, files: several };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Numbers that are looked at at once. */
const MOST_DRAWS = 2_000_000;
const DRAWS_AT_ONCE = 65_536;

/** Where the truth of each event lies among its draws, for one quantity. @throws UserError for draws without truth. */
export function ranksOf(spec: EventSpec, set: DrawSet, key: string): RanksView {
  const { particle, quantity } = choiceOf(spec, key);
  if (!set.hasTruth || set.draws < 2)
    throw new UserError(`invalid draws ${set.name}: expected several draws an event, and the truth`);
  const column = (momenta: Float32Array): Float64Array =>
    kinematicQuantity(particleMomenta(partonColumns(spec, partonsOfMomenta(momenta)), particle), quantity);
  const counted = Math.min(set.events, Math.floor(MOST_DRAWS / set.draws));
  const options = { angle: quantity === 'phi' };
  const [events, ranks, truth, means, widths]: number[][] = [[], [], [], [], []];
  const step = Math.max(1, Math.floor(DRAWS_AT_ONCE / set.draws));
  for (let first = 0; first < counted; first += step) {
    const count = Math.min(step, counted - first);
    const [drawn, real] = [column(set.read('draws', first, count)), column(set.read('truth', first, count))];
    for (let event = 0; event < count; event++) {
      const own = drawn.subarray(event * set.draws, (event + 1) * set.draws);
      const { mean, standardDeviation } = summariseSample(own, undefined, options);
      events!.push(set.start + first + event);
      ranks!.push(rankIn(real[event]!, own, undefined, options));
      truth!.push(real[event]!);
      means!.push(mean);
      widths!.push(standardDeviation);
    }
  }
  return {
    ...{ draws: set.draws, leftOut: set.events - counted, events: events!, ranks: ranks! },
    ...{ truth: truth!, means: means!, widths: widths! },
  };
}
