import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { partonWidth } from '@unfold-zoo/core';
import { eventSpec, loadTopology, topologyNames } from '@unfold-zoo/data';
import test, { type ExecutionContext } from 'ava';
import { temporaryFolder } from '../fixtures/data/sample-events.js';

const builtIn = readFileSync(
  createRequire(import.meta.url).resolve('@unfold-zoo/data/topologies/semileptonic-ttbar.yaml'),
  'utf8',
);

function refusal(t: ExecutionContext, text: string): string {
  const path = join(temporaryFolder(t), 'mine.yaml');
  writeFileSync(path, text);
  return t.throws(() => loadTopology(path), { name: 'UserError' }).message.replaceAll(path, 'mine.yaml');
}

test('the semileptonic topology is that of the paper: 55 parton numbers and up to 21 objects', (t) => {
  const spec = eventSpec(loadTopology('semileptonic-ttbar'));
  t.is(partonWidth(spec), 55);
  t.deepEqual(Object.keys(spec.inputs), ['objects', 'met']);
  const { objects, met } = spec.inputs;
  t.is(objects!.capacity, 21);
  t.is(objects!.features.length, 12);
  t.is(met!.capacity, 1);
  t.deepEqual(
    objects!.features.filter(({ scaling }) => scaling === 'log').map(({ name }) => name),
    ['mass', 'pt', 'energy'],
  );
  t.deepEqual(
    objects!.features.filter(({ scaling }) => scaling === 'none').map(({ name }) => name),
    ['muon', 'electron', 'b_jet', 'non_b_jet'],
  );
  t.deepEqual(
    met!.features.map(({ name, unit }) => `${name} ${unit}`),
    ['met GeV', 'phi rad', 'px GeV', 'py GeV'],
  );
  t.is(spec.particles[9]!.label, 'Hadronic t');
});

test('another topology is another file', (t) => {
  const path = join(temporaryFolder(t), 'z-jets.yaml');
  writeFileSync(
    path,
    `
name: z-jets
particles: [{ name: Z, label: Z }]
inputs:
  jets:
    groups:
      - { name: jets, capacity: 8, momentum: { mass: 0, pt: pt, eta: eta, phi: phi } }
    features: [{ quantity: pt, scaling: log }, { quantity: energy }, { dataset: width, scaling: standard }]
`,
  );
  const spec = eventSpec(loadTopology(path));
  t.is(partonWidth(spec), 5);
  t.deepEqual(spec.inputs, {
    jets: {
      capacity: 8,
      features: [
        { name: 'pt', unit: 'GeV', scaling: 'log' },
        { name: 'energy', unit: 'GeV', scaling: 'standard' },
        { name: 'width', unit: '', scaling: 'standard' },
      ],
    },
  });
});

test('an unknown topology is answered with those there are', (t) => {
  t.deepEqual(topologyNames(), ['semileptonic-ttbar']);
  t.throws(() => loadTopology('dilepton'), {
    name: 'UserError',
    message: 'unknown topology: "dilepton"; expected "semileptonic-ttbar" or the path of a .yaml file',
  });
  t.throws(() => loadTopology('/nowhere/dilepton.yaml'), {
    name: 'UserError',
    message: /^missing topology: cannot read/,
  });
});

test('a mistake is reported with file, line and column', (t) => {
  t.is(
    refusal(t, builtIn.replace('capacity: 20', 'capasity: 20')),
    'mine.yaml:24:9 inputs.objects.groups.0.capasity: unknown key "capasity", did you mean "capacity"? ' +
      'known keys: name, capacity, momentum, classes',
  );
  t.regex(
    refusal(t, builtIn.replace('capacity: 20', 'capacity: many')),
    /^mine\.yaml:24:19 inputs\.objects\.groups\.0\.capacity: expected a number, got "many"$/,
  );
  t.regex(refusal(t, 'name: x\nparticles: [\n'), /^mine\.yaml:\d+:\d+/);
  t.regex(refusal(t, 'name: x\nparticles: []\n'), /mine\.yaml:2:12 particles: .*\nmine\.yaml:1:1 inputs: /);
});

test('a topology that contradicts itself is refused', (t) => {
  const broken = (from: string, to: string): string => refusal(t, builtIn.replace(from, to));
  t.regex(broken('name: neutrino', 'name: leptonic_b'), /particles\.1\.name: duplicate particle/);
  t.regex(broken('class: muon', 'class: tau'), /unknown class: expected one of b_jet, non_b_jet, muon, electron/);
  t.regex(broken('      - { class: muon }\n', ''), /unused class: no feature says class: muon/);
  t.regex(
    broken('{ mass: mass, pt: pt, eta: eta, phi: phi }', '{ pt: pt, eta: eta, phi: phi }'),
    /energy needs mass in the momentum of group jets/,
  );
  t.regex(broken('quantity: eta,', 'quantity: eta, dataset: eta,'), /expected exactly one of quantity, dataset, class/);
  t.regex(broken('value: 1 }', '}'), /dataset and value go together/);
});
