import { execFile } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { EventFile, inspectEvents, loadTopology } from '@unfold-zoo/data';
import test from 'ava';
import { newFolder, succeeds } from '../cli/unfold.js';
import { ROOT } from './markdown.js';

const folder = newFolder();
test.after.always(() => rmSync(folder, { recursive: true }));

const TINY = [
  'conditionEncoder={kind: deep-sets, width: 8}',
  'codec={encoderBlocks: 1, decoderBlocks: 1}',
  'denoiser={width: 16, blocks: 1}',
  'model.diffusion.noiseDraws=1',
  'sampler.steps=4',
  ...['steps=2', 'batchSize=8', 'warmupSteps=0', 'validationEvents=8'].map((each) => `training.${each}`),
].flatMap((each) => ['--set', each]);

test.before(async () => {
  for (const file of ['z-jets.yaml', 'config.yaml'])
    cpSync(join(ROOT, 'examples/own-topology', file), join(folder, file));
  const simulate = join(ROOT, 'examples/own-topology/simulate.mjs');
  for (const [file, events, seed] of [
    ['train.h5', '400', '1'],
    ['test.h5', '100', '2'],
  ] as const) {
    await promisify(execFile)(process.execPath, [simulate, file, events, seed], { cwd: folder });
  }
});

test.serial('the toy conserves momentum, and its Z bosons have the mass of the Z', async (t) => {
  const file = await EventFile.open(join(folder, 'train.h5'), loadTopology(join(folder, 'z-jets.yaml')));
  const { momenta, size } = file.read(0, 400);
  file.close();
  for (let event = 0; event < size; event++) {
    const [minus, plus, z, recoil] = [0, 5, 10, 15].map((at) =>
      momenta!.subarray(event * 20 + at, event * 20 + at + 5),
    );
    // float32 numbers of up to a few TeV.
    for (let i = 1; i < 5; i++) t.true(Math.abs(minus![i]! + plus![i]! - z![i]!) < 2e-6 * z![1]! + 1e-4);
    for (const i of [2, 3]) t.true(Math.abs(z![i]! + recoil![i]!) < 2e-6 * z![1]! + 1e-4);
  }
  const { particles } = await inspectEvents(join(folder, 'train.h5'), { topology: join(folder, 'z-jets.yaml') });
  const { mean, standardDeviation } = particles[2]!.quantities[0]!;
  t.true(Math.abs(mean! - 91.1876) < (5 * standardDeviation!) / 20);
});

test.serial('another topology is trained, sampled, evaluated and looked at, without the paper beside it', async (t) => {
  const { stdout } = await succeeds(t, folder, 'run', 'config.yaml', ...TINY);
  t.regex(stdout, /^Sums over 4 particles and 8 quantities/m);
  t.regex(stdout, /^ℓ⁻ /m);
  t.notRegex(stdout, /†/);
  const report = join(folder, 'runs/z-jets/report');
  const figures = readdirSync(join(report, 'figures')).filter((name) => !/^(training|schedule)/.test(name));
  t.deepEqual(figures.sort(), [
    'correlation-lepton_minus-pt-and-lepton_plus-pt.svg',
    'correlation-z-pt-and-recoil-pt.svg',
    'lepton_minus-pt.svg',
    'z-eta.svg',
    'z-mass.svg',
    'z-pt.svg',
  ]);
  t.false(readFileSync(join(report, 'distances.csv'), 'utf8').includes('(paper)'));
  t.is(JSON.parse(readFileSync(join(report, 'distances.json'), 'utf8')).published, undefined);
  const posterior = ['posterior', 'runs/z-jets', '--event', '0', '--draws', '20', '--particle', 'z', '--reference'];
  t.notRegex((await succeeds(t, folder, ...posterior)).stdout, /neutrino/);
  const usual = await succeeds(t, folder, 'posterior', 'runs/z-jets', '--event', '0', '--draws', '20', '--json');
  const { quantities } = JSON.parse(usual.stdout) as { quantities: { particle: string; quantity: string }[] };
  t.deepEqual(
    quantities.map(({ particle, quantity }) => `${particle}.${quantity}`),
    ['z.pt', 'z.eta', 'z.mass'],
  );
  const inspected = await succeeds(t, folder, 'inspect', 'train.h5', '--topology', 'z-jets.yaml');
  const drawn = [...inspected.stdout.matchAll(/^(\S[^┤\n]*)\n.*┤/gm)].map(([, label]) => label);
  t.deepEqual(drawn, ['Z mass [GeV]', 'muon pt [GeV]', 'electron pt [GeV]', 'jets multiplicity']);
});
