import { type HostEvents, Rng } from '@unfold-zoo/core';
import {
  type DrawForData,
  drawsUnfolder,
  type EventColumns,
  type EventProblem,
  iterateOption,
  polynomialRatio,
  type TrainAgain,
  type TruthDraws,
  type UnfoldedEvents,
} from '@unfold-zoo/measurement';
import test from 'ava';
import {
  column,
  momentsOfToy,
  simulation,
  THREE_BINS,
  THREE_COUNTS,
  THREE_SIMULATED,
  TOYS,
  type Toy,
  toyEvents,
} from './exact-toys.js';

const classifier = polynomialRatio({ degree: 2 });

async function unfolded(
  problem: EventProblem,
  drawn: TruthDraws | DrawForData,
  iterate: object,
  trainAgain?: TrainAgain,
): Promise<UnfoldedEvents> {
  const options = { iterate: iterateOption.parse({ clip: 1e9, ...iterate }), classifier, rng: new Rng(1) };
  const again = trainAgain && { trainAgain };
  const draw: DrawForData = typeof drawn === 'function' ? drawn : async () => drawn;
  const unfold = await drawsUnfolder(draw, { ...options, ...again }).prepare(problem, {
    startEngine: async () => undefined,
  });
  return unfold({ simulation: problem.simulation.truth.weights, data: problem.data.weights });
}

/** The exact posterior of the simulation for each event of the data, as a weighted grid instead of draws. */
function exactDraws({ prior, shift, resolution }: Toy, { data }: EventProblem): TruthDraws {
  const gain = prior.deviation ** 2 / (prior.deviation ** 2 + resolution ** 2);
  const grid = Array.from({ length: 81 }, (_, k) => -8 + k / 5);
  const norm = grid.reduce((sum, z) => sum + Math.exp((-z * z) / 2), 0);
  const draws = [...data.columns[0]![0]!].flatMap((y, event) =>
    grid.map((z) => ({
      x: prior.mean + gain * (y - shift - prior.mean) + Math.sqrt(gain) * resolution * z,
      event,
      share: Math.exp((-z * z) / 2) / norm,
    })),
  );
  return {
    columns: [[Float64Array.from(draws, ({ x }) => x)]],
    events: Uint32Array.from(draws, ({ event }) => event),
    shares: Float64Array.from(draws, ({ share }) => share),
  };
}

test('iterated draws meet the exact moments of the Gaussian toys, round by round', async (t) => {
  for (const { toy, exact } of TOYS) {
    const problem = toyEvents(toy);
    const { iterations, decisions } = await unfolded(problem, exactDraws(toy, problem), { rounds: 5 });
    t.is(decisions['rounds'], 5);
    for (const [n, [mean, deviation]] of Object.entries(exact)) {
      const found = momentsOfToy(iterations[Number(n) - 1]!.events);
      t.true(Math.abs(found.mean - mean) < 1e-4, `${JSON.stringify(toy)} ${n}: ${found.mean}`);
      t.true(Math.abs(found.deviation - deviation) < 1e-4, `${JSON.stringify(toy)} ${n}: ${found.deviation}`);
    }
  }
});

test('rounds against the draws for the simulation meet the same moments, of the weighted simulation', async (t) => {
  const [{ toy, exact }] = TOYS as [(typeof TOYS)[0]];
  const problem = toyEvents(toy);
  const draw: DrawForData = async (each) => exactDraws(toy, each);
  const { iterations, events, decisions } = await unfolded(problem, draw, { rounds: 5, against: 'draws' });
  t.is(decisions['rounds'], 5);
  t.is(events.columns, problem.simulation.truth.columns);
  for (const [n, [mean, deviation]] of Object.entries(exact)) {
    const found = momentsOfToy(iterations[Number(n) - 1]!.events);
    t.true(Math.abs(found.mean - mean) < 1e-4 && Math.abs(found.deviation - deviation) < 1e-4, `${n}: ${found.mean}`);
  }
});

test('with a wrong posterior rounds against draws end at the truth, and rounds against the truth do not', async (t) => {
  const toy: Toy = { prior: { mean: 1, deviation: 1 }, truth: { mean: 0, deviation: 0.9 }, shift: 0, resolution: 0.5 };
  const problem = toyEvents(toy);
  // A model that has learned another detector, and a prior that none of the samples has.
  const learned: Toy = { ...toy, prior: { mean: 1.3, deviation: 1.2 }, shift: 0.1, resolution: 0.6 };
  const draw: DrawForData = async (each) => exactDraws(learned, each);
  const found = async (against: string) => {
    return momentsOfToy((await unfolded(problem, draw, { rounds: 12, against })).events);
  };
  const [ofDraws, ofTruth] = [await found('draws'), await found('truth')];
  t.true(Math.abs(ofDraws.mean) < 1e-3 && Math.abs(ofDraws.deviation - 0.9) < 1e-3, JSON.stringify(ofDraws));
  t.true(Math.abs(ofTruth.mean) > 0.05, JSON.stringify(ofTruth));
});

test('a simulated event whose truth is beyond all draws does not run away', async (t) => {
  const toy: Toy = {
    prior: { mean: 0, deviation: 1 },
    truth: { mean: 0.5, deviation: 1.1 },
    shift: 0,
    resolution: 0.5,
  };
  const { simulation: own, data } = toyEvents(toy);
  const add = (events: EventColumns, value: number) =>
    column([...events.columns[0]![0]!, value], [...events.weights, 1e-12]);
  const problem = { simulation: { truth: add(own.truth, 60), detector: add(own.detector, 2) }, data };
  const draw: DrawForData = async (each) => exactDraws(toy, each);
  const { events } = await unfolded(problem, draw, { rounds: 6, against: 'draws' });
  const sum = (weights: Float64Array): number => weights.reduce((total, each) => total + each, 0);
  const mean = sum(events.weights) / sum(problem.simulation.truth.weights);
  // The ratio of both normal distributions is 3e5 at 10, where the farthest draws are, and 1e146 at 60.
  t.true(events.weights.at(-1)! / 1e-12 / mean < 1e7, `${events.weights.at(-1)}`);
  t.true(Math.abs(momentsOfToy(events).mean - 0.5) < 0.01);
});

/** Events whose truth is one number. */
const eventsAt = (values: Float64Array): HostEvents => {
  return { size: values.length, partons: Float32Array.from(values), inputs: {} };
};

test('draws of a model that is trained again for each round meet the same moments', async (t) => {
  const [{ toy, exact }] = TOYS as [(typeof TOYS)[0]];
  const columns = toyEvents(toy);
  const problem = { ...columns, observeTruth: ({ partons }: HostEvents) => [[Float64Array.from(partons!)]] };
  const drawn = exactDraws(toy, problem);
  const trained: number[] = [];
  // A perfect training: the posterior of the simulation with the weights that it is given.
  const trainAgain: TrainAgain = async ({ round, weigh }) => {
    const ratio = await weigh(eventsAt(drawn.columns[0]![0]!));
    const own = drawn.shares.map((share, i) => share * ratio[i]!);
    const sums = new Map<number, number>();
    for (const [i, event] of drawn.events.entries()) sums.set(event, (sums.get(event) ?? 0) + own[i]!);
    trained.push(round);
    return async () => ({ ...drawn, shares: own.map((share, i) => share / sums.get(drawn.events[i]!)!) });
  };
  const { iterations, gates } = await unfolded(problem, drawn, { rounds: 5, training: 'anew' }, trainAgain);
  t.deepEqual(trained, [2, 3, 4, 5]);
  for (const [n, [mean, deviation]] of Object.entries(exact)) {
    const found = momentsOfToy(iterations[Number(n) - 1]!.events);
    t.true(Math.abs(found.mean - mean) < 1e-4 && Math.abs(found.deviation - deviation) < 1e-4, `${n}: ${found.mean}`);
  }
  // The prior is in the draws: nothing is left to be weighted.
  t.true(gates.find(({ name }) => name === 'largest weight over the median')!.value < 1.001);
  const stopped = await unfolded(problem, drawn, { rounds: 5, training: 'anew', stopBelow: 0.1 }, trainAgain);
  t.true(stopped.iterations.length < 5 && trained.length === 4 + stopped.iterations.length - 1);
});

test('draws of a prior that is the truth change no more, and a change below the limit stops the rounds', async (t) => {
  const toy: Toy = { prior: { mean: 1, deviation: 2 }, truth: { mean: 1, deviation: 2 }, shift: 3, resolution: 1 };
  const problem = toyEvents(toy);
  const drawn = exactDraws(toy, problem);
  const { decisions, iterations, gates } = await unfolded(problem, drawn, { rounds: 9, stopBelow: 0.001 });
  t.is(decisions['rounds'], 2);
  t.true(iterations[1]!.numbers['relative change']! < 1e-6);
  t.true(
    gates.every(({ passed }) => passed),
    JSON.stringify(gates),
  );
  const far = await unfolded(problem, drawn, { rounds: 3 });
  t.is(far.decisions['rounds'], 3);
});

test('iterated draws meet iterative Bayes where the detector misses events', async (t) => {
  const problem = { simulation: simulation(THREE_SIMULATED), data: column([0, 1, 2], THREE_COUNTS) };
  // The posteriors of the three-bin problem: one weighted draw for each pair of bins.
  const pairs = THREE_SIMULATED.filter(({ detector }) => !Number.isNaN(detector));
  const sums = THREE_BINS.map((row) => row.reduce((sum: number, chance) => sum + 1000 * chance, 0));
  const draw: DrawForData = async ({ data }) => {
    const bins = [...data.columns[0]![0]!];
    const draws = bins.flatMap((bin, event) =>
      pairs.filter(({ detector }) => detector === bin).map((pair) => ({ ...pair, event })),
    );
    return {
      columns: [[Float64Array.from(draws, ({ truth }) => truth)]],
      events: Uint32Array.from(draws, ({ event }) => event),
      shares: Float64Array.from(draws, ({ detector, weight }) => weight / sums[detector]!),
    };
  };
  const expected: Record<number, readonly number[]> = {
    1: [751.42857, 898.96574, 1029.74359],
    4: [686.15032, 890.47691, 1104.64252],
    10: [685.51569, 885.20772, 1111.24889],
  };
  for (const against of ['truth', 'draws']) {
    const { iterations } = await unfolded(problem, draw, { rounds: 10, against });
    for (const [n, numbers] of Object.entries(expected)) {
      const found = [0, 0, 0];
      const { columns, weights: own } = iterations[Number(n) - 1]!.events;
      for (const [i, truth] of columns[0]![0]!.entries()) found[truth]! += own[i]!;
      for (const [bin, value] of found.entries()) t.true(Math.abs(value - numbers[bin]!) < 1e-4, `${n}: ${found}`);
    }
  }
});

test('draws outside of the true phase space count as fakes do in iterative Bayes', async (t) => {
  // Half of the measured events of each simulated bin are fakes; so are those of the data, which are the simulation.
  const simulation = {
    truth: column([0, 1, Number.NaN, Number.NaN], [100, 60, 100, 60]),
    detector: column([0, 1, 0, 1], [100, 60, 100, 60]),
  };
  const draw: DrawForData = async ({ data }) => {
    const bins = [...data.columns[0]![0]!];
    return {
      columns: [[Float64Array.from(bins.flatMap((bin) => [bin, Number.NaN]))]],
      events: Uint32Array.from(bins.flatMap((_, event) => [event, event])),
      shares: new Float64Array(2 * bins.length).fill(0.5),
    };
  };
  const problem = { simulation, data: column([0, 1], [200, 120]) };
  for (const against of ['truth', 'draws']) {
    const { events } = await unfolded(problem, draw, { rounds: 4, against });
    const found = [0, 0];
    for (const [i, truth] of events.columns[0]![0]!.entries())
      if (Number.isNaN(truth)) t.is(events.weights[i], 0);
      else found[truth]! += events.weights[i]!;
    t.true(Math.abs(found[0]! - 100) < 1e-6 && Math.abs(found[1]! - 60) < 1e-6, `${against}: ${found}`);
  }
});
