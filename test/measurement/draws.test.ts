import { type HostEvents, Rng } from '@unfold-zoo/core';
import {
  drawsUnfolder,
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
  drawn: TruthDraws,
  iterate: object,
  trainAgain?: TrainAgain,
): Promise<UnfoldedEvents> {
  const options = { iterate: iterateOption.parse({ clip: 1e9, ...iterate }), classifier, rng: new Rng(1) };
  const again = trainAgain && { trainAgain };
  const unfold = await drawsUnfolder(async () => drawn, { ...options, ...again }).prepare(problem, {
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
  const drawn = {
    columns: [[Float64Array.from(pairs, ({ truth }) => truth)]],
    events: Uint32Array.from(pairs, ({ detector }) => detector),
    shares: Float64Array.from(pairs, ({ detector, weight }) => weight / sums[detector]!),
  };
  const { iterations } = await unfolded(problem, drawn, { rounds: 10 });
  const expected: Record<number, readonly number[]> = {
    1: [751.42857, 898.96574, 1029.74359],
    4: [686.15032, 890.47691, 1104.64252],
    10: [685.51569, 885.20772, 1111.24889],
  };
  for (const [n, numbers] of Object.entries(expected)) {
    const found = [0, 0, 0];
    const { columns, weights: own } = iterations[Number(n) - 1]!.events;
    for (const [i, truth] of columns[0]![0]!.entries()) found[truth]! += own[i]!;
    for (const [bin, value] of found.entries()) t.true(Math.abs(value - numbers[bin]!) < 1e-4, `${n}: ${found}`);
  }
});

test('draws outside of the true phase space count as fakes do in iterative Bayes', async (t) => {
  // Half of the measured events of each simulated bin are fakes; so are those of the data, which are the simulation.
  const simulation = {
    truth: column([0, 1, Number.NaN, Number.NaN], [100, 60, 100, 60]),
    detector: column([0, 1, 0, 1], [100, 60, 100, 60]),
  };
  const drawn = {
    columns: [[Float64Array.from([0, Number.NaN, 1, Number.NaN])]],
    events: Uint32Array.from([0, 0, 1, 1]),
    shares: Float64Array.from([0.5, 0.5, 0.5, 0.5]),
  };
  const problem = { simulation, data: column([0, 1], [200, 120]) };
  const { events } = await unfolded(problem, drawn, { rounds: 4 });
  t.true(Math.abs(events.weights[0]! - 100) < 1e-6 && Math.abs(events.weights[2]! - 60) < 1e-6);
  t.deepEqual([events.weights[1], events.weights[3]], [0, 0]);
});
