import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { decodeObservedEvent, encodeObservedEvents, loadTopology, type ObservedEvent } from '@unfold-zoo/data';
import { generateEvents, openRun, type Run } from '@unfold-zoo/runs';
import test from 'ava';
import { newFolder, observedEvents, trainedRun } from './tiny-run.js';

const folder = newFolder();
const file = join(folder, 'events.h5');
let run: Run;

test.before(async () => {
  await generateEvents(file, { events: 6, seed: 5 });
  run = await trainedRun(folder);
});

test.after.always(async () => {
  await run.close();
  rmSync(folder, { recursive: true });
});

test('events in memory get the draws that the same events of a file get', async (t) => {
  const events = await observedEvents(file, 6);
  const posterior = await run.posterior(events, { draws: 3, seed: 8 });
  await using onFile = await openRun(run.folder, { set: { 'data.test': file } });
  for await (const { particles } of onFile.draw({ draws: 3, seed: 8 })) {
    for (const [name, quantities] of Object.entries(particles)) {
      for (const quantity of ['mass', 'pt', 'eta', 'phi', 'energy', 'px', 'py', 'pz'] as const) {
        const drawn = posterior.events.flatMap((event) => [...event.particles[name]![quantity]]);
        t.deepEqual(drawn, [...quantities[quantity]], `${name} ${quantity}`);
      }
    }
  }
});

test('events in memory are told again from what models see of them', async (t) => {
  const events = await observedEvents(file, 6);
  const topology = loadTopology('semileptonic-ttbar');
  const seen = encodeObservedEvents(topology, events);
  for (const [i, event] of events.entries()) t.deepEqual(decodeObservedEvent(topology, seen, i), event);
});

test('features that do not tell the columns of objects give no event', (t) => {
  const topology = loadTopology('semileptonic-ttbar');
  const { objects, met } = topology.inputs;
  const withoutMass = { ...objects!, features: objects!.features.filter(({ name }) => name !== 'mass') };
  const blind = { ...topology, inputs: { objects: withoutMass, met: met! } };
  const seen = encodeObservedEvents(blind, [
    {
      jets: [{ pt: 50, eta: 0, phi: 1, mass: 5, btag: 1 }],
      lepton: { pt: 30, eta: 1, phi: 2, mass: 0.1, is_electron: 0 },
      met: { met: 20, phi: 0 },
    },
  ]);
  t.is(decodeObservedEvent(blind, seen, 0), undefined);
});

test('a posterior is JSON of lists, with the mean and the central interval of each quantity', async (t) => {
  const events = await observedEvents(file, 2);
  const posterior = await run.posterior(events, { draws: 50 });
  const json = JSON.parse(JSON.stringify(posterior));
  t.is(json.draws, 50);
  t.is(json.events.length, 2);
  for (const { particles, summary } of json.events) {
    const { pt } = particles.hadronic_top;
    t.is(pt.length, 50);
    t.true(pt.every((value: number) => value >= 0));
    const { mean, low, median, high } = summary.hadronic_top.pt;
    t.is(mean, pt.reduce((sum: number, value: number) => sum + value, 0) / 50);
    t.true(low <= median && median <= high);
  }
});

type Jet = Readonly<Record<string, unknown>>;

/** Puts something in place of a jet's numbers. */
function withJet(event: ObservedEvent, number: number, change: (jet: Jet) => Jet): unknown {
  const jets = event['jets'] as readonly Jet[];
  return { ...event, jets: jets.with(number, change(jets[number]!)) };
}

const MISTAKES: readonly [change: (event: ObservedEvent) => unknown, message: RegExp][] = [
  [(event) => withJet(event, 2, (jet) => ({ ...jet, pt: Number.NaN })), /^invalid jets\[2\]\.pt of event 1: .*NaN/],
  [(event) => withJet(event, 0, (jet) => ({ ...jet, pt: '51' })), /^invalid jets\[0\]\.pt of event 1: expected number/],
  [(event) => withJet(event, 0, (jet) => ({ ...jet, pt: 1e39 })), /^invalid jets\[0\]\.pt of event 1: .* 3\.4e38/],
  [(event) => withJet(event, 1, (jet) => ({ ...jet, btag: 2 })), /^invalid jets\[1\]\.btag of event 1: expected/],
  [(event) => withJet(event, 0, ({ mass: _, ...jet }) => jet), /^invalid jets\[0\]\.mass of event 1: expected number/],
  [(event) => withJet(event, 0, (jet) => ({ ...jet, charge: 1 })), /^invalid jets\[0\] of event 1: .*"charge"/],
  [({ met: _, ...event }) => event, /^invalid met of event 1: expected object/],
  [(event) => ({ ...event, jets: Array(21).fill({}) }), /^invalid jets of event 1: .*20/m],
  [() => 'an event', /^invalid event 1: expected object/],
];

for (const [change, message] of MISTAKES) {
  test(`an event in memory that is wrong is refused by name: ${message.source}`, async (t) => {
    const [event] = await observedEvents(file, 1);
    const events = [event!, change(event!) as ObservedEvent];
    await t.throwsAsync(run.posterior(events, { draws: 1 }), { name: 'UserError', message });
  });
}

test('no events at all are refused', async (t) => {
  await t.throwsAsync(run.posterior([]), { name: 'UserError', message: /^missing events: / });
});
