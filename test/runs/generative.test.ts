import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { samplePath } from '@unfold-zoo/data';
import { type Measurement, type MeasureOptions, measure, type Progress } from '@unfold-zoo/runs';
import test from 'ava';
import { newFolder, TINY, trainedRun } from './tiny-run.js';

const folder = newFolder();
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

test.before(async () => {
  const run = await trainedRun(folder);
  await run.close();
});

const EVENTS = { kind: 'hdf5', train: samplePath(), testFraction: 0.01 };
const LEPTON = { truth: 'pt(charged_lepton)', detector: 'pt(lepton)', bins: [20, 50, 80, 150] };

/** 30 events of the sample stand for the data, and are drawn for by a model that was trained for four steps. */
function measured(unfolder: object = {}, changes: object = {}, options: MeasureOptions = {}): Promise<Measurement> {
  const config = {
    simulation: EVENTS,
    data: EVENTS,
    observables: { lepton: LEPTON },
    errors: { replicas: 4, simulationReplicas: 2 },
    classifier: { kind: 'polynomial', degree: 1 },
    engine: { kind: 'cpu' },
    unfolders: [{ kind: 'generative', run: join(folder, 'trained'), draws: 3, ...unfolder }],
    ...changes,
  };
  return measure(config, options);
}

const numbers = async (unfolder: object): Promise<string> => JSON.stringify((await measured(unfolder)).result);

test('draws of a run are unfolded events, whose sum is that of the data, in every round', async (t) => {
  const { result } = await measured({ iterate: { rounds: 3 } });
  const [{ methods }] = result.observables as [(typeof result.observables)[0]];
  t.is(methods[0]!.decisions['rounds'], 3);
  const [{ iterations }] = result.reports as [(typeof result.reports)[0]];
  t.is(iterations.length, 3);
  for (const { values } of iterations) {
    const sum = values[0]!.reduce((total, value) => total + value, 0);
    t.true(Math.abs(sum - 30) < 1e-6, `${sum}`);
  }
  t.true(methods[0]!.statistical.some((row, i) => row[i]! > 0));
});

test('every option of the method changes what it finds, and the same options find the same', async (t) => {
  const first = await numbers({ iterate: { rounds: 3 } });
  t.is(await numbers({ iterate: { rounds: 3 } }), first);
  for (const changed of [{ draws: 4 }, { seed: 5 }, { checkpoint: 'step-2' }]) {
    t.not(await numbers({ iterate: { rounds: 3 }, ...changed }), first, JSON.stringify(changed));
  }
  for (const iterate of [
    { rounds: 2 },
    { rounds: 3, stopBelow: 100 },
    { rounds: 3, clip: 1.001 },
    { rounds: 3, against: 'draws' },
  ]) {
    t.not(await numbers({ iterate }), first, JSON.stringify(iterate));
  }
});

test('missed events are made up for by the efficiency, and draws are selected as the truth is', async (t) => {
  const selection = { detector: 'pt(lepton) > 30', truth: 'pt(charged_lepton) > 25' };
  const { result } = await measured({}, { selection });
  const [{ methods, bins }] = result.observables as [(typeof result.observables)[0]];
  t.is(bins[0]!.label, 'below 20');
  t.is(methods[0]!.values[0], 0);
  t.true(methods[0]!.values.every((value) => Number.isFinite(value) && value >= 0));
});

test('the rounds say why they ended, and too few replicas for the bottom line are refused', async (t) => {
  const { result } = await measured({ iterate: { rounds: 3, stopBelow: 100 } });
  t.is(result.reports[0]!.ended, 'Ended after 2 of 3 rounds, since weights changed by less than 100.');
  await t.throwsAsync(measured({ iterate: { rounds: 3, stop: 'bottom-line' } }), {
    message: /^invalid errors\.replicas: expected more than 7, .*, got 4$/,
  });
});

test('draws are kept with the parts of a measurement, by the weights and the data that they are of', async (t) => {
  const parts = join(folder, 'parts');
  const drawn = async (changes: object = {}, unfolder: object = {}) => {
    let stages = 0;
    const onProgress = ({ stage }: Progress): void => {
      if (stage === 'drawing') stages++;
    };
    const { result } = await measured({ iterate: { rounds: 2 }, ...unfolder }, changes, { parts, onProgress });
    return { stages, result };
  };
  const first = await drawn();
  t.deepEqual(first.result, (await measured({ iterate: { rounds: 2 } })).result);
  t.true(first.stages > 0);
  t.deepEqual(await drawn(), { stages: 0, result: first.result });
  t.true((await drawn({}, { checkpoint: 'step-2' })).stages > 0);
  t.true((await drawn({ data: { ...EVENTS, testFraction: 0.02 } })).stages > 0);
});

test('a model is trained again for each round, on or anew, and goes on where it was stopped', async (t) => {
  const found = async (iterate: object, parts: string, options: MeasureOptions = {}, unfolder: object = {}) => {
    const { result } = await measured(
      { iterate: { rounds: 2, ...iterate }, ...unfolder },
      {},
      { parts: join(folder, parts), ...options },
    );
    return JSON.stringify(result);
  };
  const [weighted, anew, going] = [
    await found({}, 'weighted'),
    await found({ training: 'anew', steps: 2 }, 'anew'),
    await found({ training: 'continue', steps: 2 }, 'continued'),
  ];
  const more = await found({ training: 'continue', steps: 3 }, 'earlier', {}, { checkpoint: 'step-2' });
  const startsOf = (parts: string): string[] => {
    const names = readdirSync(join(folder, parts), { recursive: true, encoding: 'utf8' });
    const configs = names.filter((name) => name.endsWith('config.yaml'));
    return configs.map((config) => /^startFrom: (.*)$/m.exec(readFileSync(join(folder, parts, config), 'utf8'))![1]!);
  };
  const startOf = (parts: string): string => startsOf(parts)[0]!;
  t.regex(startOf('continued'), /checkpoints.latest/);
  t.regex(startOf('earlier'), /checkpoints.step-2/);
  // Every round takes the best weights of the training before, not its latest.
  const best = { training: 'continue', steps: 2, rounds: 3 };
  await found(best, 'best', {}, { checkpoint: 'best' });
  t.deepEqual(
    startsOf('best').map((path) => path.includes('best')),
    [true, true],
  );
  t.is(startsOf('best').filter((path) => path.includes('trained')).length, 1);
  t.is(new Set([weighted, anew, going, more]).size, 4);
  const stop = new AbortController();
  const told: number[] = [];
  const onProgress = ({ stage, done }: Progress): void => {
    if (stage !== 'training') return;
    told.push(done);
    if (told.length === 3) stop.abort(new Error('enough'));
  };
  // Stopped after a step, with a checkpoint; three more follow.
  const four = { training: 'anew' };
  await t.throwsAsync(found(four, 'stopped', { onProgress, signal: stop.signal }), { message: 'enough' });
  const resumed = await found(four, 'stopped', { onProgress });
  t.deepEqual(told, [1, 2, 3, 4]);
  t.is(resumed, await found(four, 'at-once'));
  t.not(resumed, anew);
  await t.throwsAsync(measured({ iterate: { rounds: 2, training: 'anew' } }), { message: /^missing parts: / });
  await t.throwsAsync(measured({ iterate: { rounds: 2, steps: 5 } }), { message: /iterate\.steps: unused/ });
  const both = measured({ iterate: { rounds: 2, training: 'anew', against: 'draws' } });
  await t.throwsAsync(both, { message: /iterate\.training: invalid: rounds against draws train no model/ });
});

test('a run that is not there is trained by its config first, and once', async (t) => {
  const config = join(folder, 'own.yaml');
  writeFileSync(config, JSON.stringify(TINY));
  let steps = 0;
  const onProgress = ({ stage }: Progress): void => void (stage === 'training' && steps++);
  const found = async (run: string) => {
    const { result } = await measured({ run: join(folder, run), config }, {}, { onProgress });
    return JSON.stringify(result.observables[0]!.methods[0]!.values);
  };
  const first = await found('own');
  t.is(steps, TINY.training.steps);
  t.is(await found('own'), first);
  // The run that was trained before all tests has the same config.
  t.is(await found('trained'), first);
  t.is(steps, TINY.training.steps);
});

test('a folder without a run, and one of another topology, are refused', async (t) => {
  await t.throwsAsync(measured({ run: join(folder, 'absent') }), { message: /absent/ });
  const toy = { kind: 'gaussian-em', train: 40, validation: 10, test: 20 };
  const observables = { x: { truth: 'px(smeared)', detector: 'px(smeared)', bins: [-9, 9] } };
  const other = measured({}, { simulation: toy, data: toy, observables, topology: 'gaussian-em' });
  await t.throwsAsync(other, { message: /the topology of .*trained, .*, has other names than that of the data/ });
});
