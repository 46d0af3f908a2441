import type { EventSpec } from '@unfold-zoo/core';
import { QUANTITIES } from '@unfold-zoo/core/events';
import type { DrawSet } from '../studies/draw-sets.js';
import type { ExportedDrawSet } from './exported-content.js';
import { joinNumbers } from './join-numbers.js';

/** Rows of draws of a file that go into a page at most: 1 MB of top pairs. */
const MOST_ROWS = 5000;

/** The part of draws that goes into a page: its layout, and its numbers as `exportedDraws` reads them. */
export function cutDraws(set: DrawSet): { readonly layout: ExportedDrawSet; readonly numbers: Float32Array } {
  const draws = Math.max(Math.min(set.draws, 2), Math.min(set.draws, Math.floor(MOST_ROWS / set.events)));
  const events = Math.min(set.events, Math.floor(MOST_ROWS / draws));
  const all = set.read('draws', 0, events);
  const width = all.length / (events * set.draws);
  const kept = new Float32Array(events * draws * width);
  for (let event = 0; event < events; event++) {
    const first = event * set.draws * width;
    kept.set(all.subarray(first, first + draws * width), event * draws * width);
  }
  const truth = set.hasTruth ? set.read('truth', 0, events) : new Float32Array(0);
  const weights = set.weights?.subarray(0, events) ?? new Float32Array(0);
  const layout = { name: set.name, events, draws, hasTruth: set.hasTruth, hasWeights: set.weights !== undefined };
  return { layout, numbers: joinNumbers([kept, truth, weights]) };
}

/** Draws of a page, as those of a file. */
export function exportedDraws(spec: EventSpec, layout: ExportedDrawSet, numbers: Float32Array): DrawSet {
  const { events, draws, hasTruth, hasWeights, ...known } = layout;
  const width = spec.particles.length * QUANTITIES.length;
  const ofDraws = events * draws * width;
  const ofTruth = hasTruth ? events * width : 0;
  const parts = { draws: numbers.subarray(0, ofDraws), truth: numbers.subarray(ofDraws, ofDraws + ofTruth) };
  return {
    ...known,
    ...{ events, draws, hasTruth, start: 0 },
    ...(hasWeights && { weights: numbers.subarray(ofDraws + ofTruth) }),
    read: (of, first, count) => {
      const rows = of === 'draws' ? draws : 1;
      return parts[of].subarray(first * rows * width, (first + count) * rows * width);
    },
    close: () => undefined,
  };
}
