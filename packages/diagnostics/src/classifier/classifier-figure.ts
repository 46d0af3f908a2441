import type { Figure } from '@unfold-zoo/core/findings';
import { type Curve, curvePanels } from '../drawing/curve-panels.js';
import type { EventScores } from './auc.js';

/** Ends of what is shown of the logarithm of the weights, to base 10. */
const SHOWN = [-1.5, 1.5] as const;
const BINS = 30;

/** How often truth and draws have each weight that would turn draws into truths. */
export function weightFigure(events: readonly EventScores[]): Figure {
  const truth = histogram(events.map(({ truth: score, weight }) => ({ score, weight })));
  const draws = histogram(
    events.flatMap((each) => each.draws.map((score) => ({ score, weight: each.weight / each.draws.length }))),
  );
  const curve = (style: number, y: readonly number[]): Curve => ({
    style,
    x: steps(edges()),
    y: y.flatMap((v) => [v, v]),
  });
  return {
    name: 'classifier-weights',
    title: 'Weights that a classifier gives',
    caption:
      'How often the classifier gives each weight: how many times likelier a configuration is as the truth of its ' +
      'event than as a draw for it. Draws of right posteriors have the weights of truths, all near 1 (0 here). A ' +
      'tail of draws to the left: configurations that are drawn and do not happen. One of truths to the right: what ' +
      'happens and is too rarely drawn.',
    svg: curvePanels({
      title: 'Weights that a classifier gives',
      note: 'Above 0: likelier a truth than a draw.',
      labels: ['draws', 'truths'],
      panels: [{ title: 'All momenta together', curves: [curve(0, draws), curve(1, truth)] }],
      x: SHOWN,
      xTitle: 'Logarithm (base 10) of the weight',
      yTitle: 'Share of configurations',
    }),
  };
}

function edges(): number[] {
  return Array.from({ length: BINS + 1 }, (_, i) => SHOWN[0] + ((SHOWN[1] - SHOWN[0]) * i) / BINS);
}

/** Both ends of each bin, to draw its top. */
function steps(all: readonly number[]): number[] {
  return all.slice(1).flatMap((edge, i) => [all[i]!, edge]);
}

/** Share of the weights in each bin; what is beyond the ends counts in the outer ones. */
function histogram(scores: readonly { readonly score: number; readonly weight: number }[]): number[] {
  const sums = new Array<number>(BINS).fill(0);
  let total = 0;
  for (const { score, weight } of scores) {
    const place = Math.floor(((score / Math.LN10 - SHOWN[0]) / (SHOWN[1] - SHOWN[0])) * BINS);
    sums[Math.min(Math.max(place, 0), BINS - 1)]! += weight;
    total += weight;
  }
  return sums.map((sum) => sum / total);
}
