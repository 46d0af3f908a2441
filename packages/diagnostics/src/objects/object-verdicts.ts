import type { EventSpec } from '@unfold-zoo/core';
import type { Verdict, VerdictStatus } from '@unfold-zoo/core/findings';
import { percentText } from '../drawing/number-text.js';
import type { PairedMeans } from '../statistics/paired-mean.js';
import { DOUBTED, SHIFT_OF_SHARE, TOLD } from '../statistics/shares.js';
import type { FoundObjects } from './object-statistics.js';
import { pairName } from './object-tables.js';

/** Something that may be wrong of a particle or a pair. */
interface Share {
  readonly name: string;
  readonly means: PairedMeans;
  readonly text: string;
}

/** A verdict on each particle, of the worst of its shares, and on each pair. */
export function objectVerdicts(spec: EventSpec, { particles, pairs }: FoundObjects, tolerance: number): Verdict[] {
  const ofParticles = particles.map(({ particle, near, within, agreement }) => {
    const shares = [
      { name: 'share on an object, draws less truth', means: near, text: `${beside(near)} lie on an object` },
      { name: 'share within reach, draws less truth', means: within, text: `${beside(within)} have an object` },
      {
        name: 'agreement on the object, two draws less draw and truth',
        means: agreement,
        text:
          `${agreement.difference.value > 0 ? 'too sure' : 'not sure enough'} of the object: two draws agree in ` +
          `${percentText(agreement.draws)}, a draw and the truth in ${percentText(agreement.truth)}`,
      },
    ];
    return verdict(spec.particles[particle]!.label, shares, tolerance, 'where the objects are, as the truth');
  });
  const ofPairs = pairs.map((pair) => {
    const text = `${beside(pair.same)} have one object`;
    const shares = [{ name: 'share on one object, draws less truth', means: pair.same, text }];
    return verdict(pairName(spec, pair), shares, tolerance, 'on one object as often as the truth');
  });
  return [...ofParticles, ...ofPairs];
}

function beside({ truth, draws }: PairedMeans): string {
  return `${percentText(draws)} of the draws (truth: ${percentText(truth)})`;
}

function verdict(quantity: string, shares: readonly Share[], tolerance: number, good: string): Verdict {
  const judged = shares.map((share) => ({ ...share, status: statusOf(share.means, tolerance) }));
  const status = (['bad', 'undecided', 'good'] as const).find((each) => judged.some((own) => own.status === each))!;
  const worst = judged
    .filter((own) => own.status === status)
    .reduce((most, own) => (sizeOf(own.means) > sizeOf(most.means) ? own : most));
  const told = { bad: worst.text, undecided: `not enough events to tell: perhaps ${worst.text}`, good };
  return {
    quantity,
    diagnostic: 'objects',
    status,
    badness: SHIFT_OF_SHARE * sizeOf(worst.means),
    text: told[status],
    measured: { name: worst.name, ...worst.means.difference },
  };
}

function sizeOf({ difference }: PairedMeans): number {
  return Math.abs(difference.value);
}

function statusOf(means: PairedMeans, tolerance: number): VerdictStatus {
  const { error } = means.difference;
  if (sizeOf(means) > Math.max(tolerance, TOLD * error)) return 'bad';
  return sizeOf(means) + DOUBTED * error <= tolerance ? 'good' : 'undecided';
}
