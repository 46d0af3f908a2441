// How many events and draws it takes until `calibration` calls posteriors of a slightly wrong width bad: the share of
// samples of which it does. Truth and draws are normal numbers, the draws too wide or too narrow by a factor.
import { Rng, UserError } from '@unfold-zoo/core';
import { RankHistogram, RankMoments, summariseRanks } from '@unfold-zoo/diagnostics';
import { positive } from './shared/positive.mjs';

export const options = {
  width: { type: 'string', default: '1.05', description: 'width of the draws over the right one' },
  events: { type: 'string', default: '500,1000,2000,4000,8000', description: 'numbers of events' },
  draws: { type: 'string', default: '10,20,50,100', description: 'numbers of draws an event' },
  quantities: { type: 'string', default: '1,89', description: 'numbers of quantities for which chances are adjusted' },
  repeats: { type: 'string', default: '100', description: 'samples of events' },
  seed: { type: 'string', default: '1', description: 'of truths and draws' },
};

/** Chance below which the evaluator calls a quantity bad, unless told otherwise. */
const SIGNIFICANCE = 0.05;

export async function run({ width, events, draws, quantities, repeats, seed }) {
  const factor = Number(width);
  if (!(factor > 0)) throw new UserError(`invalid --width ${width}: expected a number above 0`);
  const [samples, numbers] = [positive('repeats', repeats), list('quantities', quantities)];
  const rng = new Rng(positive('seed', seed));
  const shares = {};
  for (const count of list('draws', draws)) {
    const moments = new RankMoments(count);
    for (const size of list('events', events)) {
      const own = rng.fork(`${size} x ${count}`);
      const chances = Array.from({ length: samples }, () =>
        chanceOf(ranks({ size, count, factor }, own), moments, own),
      );
      for (const number of numbers) {
        const bad = chances.filter((chance) => chance * number < SIGNIFICANCE).length;
        shares[`${size} events x ${count} draws, ${number} quantities`] = bad / samples;
      }
    }
  }
  return { width: factor, repeats: samples, ...shares };
}

/** How many draws of an event are below its truth, of as many events. */
function ranks({ size, count, factor }, rng) {
  const histogram = new RankHistogram(count);
  for (let event = 0; event < size; event++) {
    const truth = rng.normal() / factor;
    let rank = 0;
    for (let draw = 0; draw < count; draw++) if (rng.normal() < truth) rank++;
    histogram.add(rank);
  }
  return histogram;
}

/** Chance of the worst of the three tests, for looking at three: as the evaluator has it. */
function chanceOf(histogram, moments, rng) {
  const { ks, biasProbability, widthProbability } = summariseRanks(histogram, moments, rng);
  return 3 * Math.min(ks.probability, biasProbability, widthProbability);
}

function list(name, text) {
  return text.split(',').map((each) => positive(name, each));
}
