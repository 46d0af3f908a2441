import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventSpec, loadTopology } from '@unfold-zoo/data';
import { createRun, openRun, type Run, readRunConfig } from '@unfold-zoo/runs';
import test from 'ava';
import { SMALL_MODELS } from '../fixtures/small-models.js';
import { newFolder } from './tiny-run.js';

const folder = newFolder();
test.after.always(() => rmSync(folder, { recursive: true }));

const { particles } = eventSpec(loadTopology('semileptonic-ttbar'));
const place = (name: string): number => particles.findIndex((each) => each.name === name);

/** [particles, 5] mass, energy, px, py, pz of each draw of the test events. */
async function drawn(run: Run): Promise<Float32Array[]> {
  const events: Float32Array[] = [];
  for await (const { momenta } of run.draw({ split: 'test', draws: 5 }))
    for (let row = 0; row < momenta.length; row += particles.length * 5)
      events.push(momenta.slice(row, row + particles.length * 5));
  return events;
}

/** How far the sum of the daughters' energies and momenta is from the parent's, over the parent's energy. */
function offSum(event: Float32Array, parent: string, daughters: readonly string[]): number {
  const at = (name: string, i: number): number => event[place(name) * 5 + i]!;
  const off = [1, 2, 3, 4].map((i) => daughters.reduce((left, daughter) => left - at(daughter, i), at(parent, i)));
  return Math.max(...off.map(Math.abs)) / at(parent, 1);
}

// Single precision resolves 6e-8 of an energy; sums have a few terms.
const ROUNDING = 1e-6;

for (const [name, coordinates] of Object.entries({
  paper: 'masses',
  vdm: 'momenta',
  cvae: 'momenta',
  cinn: 'masses',
})) {
  test.serial(`${name} learns a decay chain: its draws fit together as soon as it is made`, async (t) => {
    const config = { ...SMALL_MODELS[name]!, representation: { kind: 'decay-chain', coordinates } };
    await using run = await createRun(config, { out: join(folder, name) });
    await run.train();
    const events = await drawn(run);
    t.is(events.length, 20);
    for (const event of events) {
      for (const { name: parent, decaysTo } of particles)
        if (decaysTo) t.true(offSum(event, parent, decaysTo) < ROUNDING, parent);
      for (let at = 0; at < event.length; at += 5) {
        const [mass, energy, px, py, pz] = event.subarray(at);
        t.true(mass! >= 0 && energy! >= Math.hypot(px!, py!, pz!) * (1 - ROUNDING));
      }
    }
  });
}

const jet = (pt: number, eta: number, phi: number, btag: number) => ({ pt, eta, phi, mass: pt / 10, btag });

/** An event turned about the beam. */
function turned(angle: number) {
  const around = (phi: number): number => ((phi + angle + 3 * Math.PI) % (2 * Math.PI)) - Math.PI;
  const jets = [jet(98, 0.4, 1.2, 1), jet(61, -1.1, -2.3, 1), jet(44, 0.2, 0.3, 0), jet(31, 1.9, -0.8, 0)];
  return {
    jets: jets.map((each) => ({ ...each, phi: around(each.phi) })),
    lepton: { pt: 45.2, eta: -0.7, phi: around(2.9), mass: 0.106, is_electron: 0 },
    met: { met: 38.4, phi: around(-0.5) },
  };
}

for (const [name, kind] of [
  ['paper', 'paper'],
  ['cinn', 'decay-chain'],
] as const) {
  test.serial(`${name} in the frame of the detector: draws turn with the event, the lepton as measured`, async (t) => {
    const config = { ...SMALL_MODELS[name]!, representation: { kind, frame: 'detector' } };
    await using run = await createRun(config, { out: join(folder, `${name}-framed`) });
    await run.train();
    const [angle, draws] = [1.3, 20];
    const particlesAt = async (by: number) => (await run.posterior([turned(by)], { draws })).events[0]!.particles;
    const [before, after] = [await particlesAt(0), await particlesAt(angle)];
    for (const particle of Object.keys(before)) {
      const [was, is] = [before[particle]!, after[particle]!];
      for (let draw = 0; draw < draws; draw++) {
        const [px, py] = [was.px[draw]!, was.py[draw]!];
        const x = Math.cos(angle) * px - Math.sin(angle) * py;
        const y = Math.sin(angle) * px + Math.cos(angle) * py;
        const off = Math.hypot(is.px[draw]! - x, is.py[draw]! - y);
        t.true(off < 1e-3 * was.energy[draw]! + 1e-2, `${particle} is off by ${off} GeV`);
      }
    }
    // How it deviates is drawn from what the training events have, however little has been learned.
    const deviations = [...before['charged_lepton']!.eta].map((eta) => Math.abs(eta + 0.7));
    t.true(deviations.every((value) => value < 0.7));
    t.true(deviations.toSorted((a, b) => a - b)[draws / 2]! < 0.05);
  });
}

test.serial('a trained run keeps its representation', async (t) => {
  const out = join(folder, 'vdm');
  const set = { 'representation.coordinates': 'masses', 'training.steps': 5 };
  await using run = await openRun(out, { set });
  await t.throwsAsync(run.train(), { message: /representation\.coordinates was "momenta", is "masses"/ });
  await t.throwsAsync(async () => run.model(), { message: /scaling\.json: it is of another representation/ });
});

test('data without decays are refused before anything is written', async (t) => {
  const config = {
    ...SMALL_MODELS['cvae']!,
    data: { kind: 'linear-gaussian' },
    representation: { kind: 'decay-chain' },
  };
  const message = /^.*missing decays: topology "linear-gaussian" declares none/;
  await t.throwsAsync(createRun(config, { out: join(folder, 'no-decays') }), { message });
});

test('a topology whose decays cannot be is refused with its place', (t) => {
  const text = readFileSync(
    new URL('../../../packages/data/topologies/semileptonic-ttbar.yaml', import.meta.url),
    'utf8',
  );
  const path = join(folder, 'wrong.yaml');
  const refusal = (from: string, to: string): string => {
    writeFileSync(path, text.replace(from, to));
    return t.throws(() => loadTopology(path), { name: 'UserError' }).message.replaceAll(path, 'wrong.yaml');
  };
  t.regex(
    refusal('[hadronic_q1, hadronic_q2]', '[hadronic_q1, hadronic_q3]'),
    /^wrong\.yaml:\d+:\d+ .*particles\.7\.decaysTo\.1: unknown particle "hadronic_q3", did you mean/,
  );
  t.regex(refusal('[hadronic_b, hadronic_W]', '[hadronic_b, ttbar]'), /decays in a circle|duplicate parent/);
  t.regex(refusal('[hadronic_b, hadronic_W]', '[hadronic_b]'), /particles\.9\.decaysTo/);
});

test('the representation of the paper is what a config without the role has', async (t) => {
  const plain = await readRunConfig('sample');
  t.is(plain.choices['representation'], undefined);
  const named = await readRunConfig('sample', { set: { representation: { kind: 'paper' } } });
  t.deepEqual(named.choices['representation'], { kind: 'paper', frame: 'laboratory', massShell: 'learned' });
});
