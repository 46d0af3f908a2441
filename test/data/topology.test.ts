import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { topologiesOf } from '@unfold-zoo/core/config';
import { partonWidth } from '@unfold-zoo/core/events';
import plugin, { eventSpec, loadTopology } from '@unfold-zoo/data';
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
        { name: 'pt', unit: 'GeV', scaling: 'log', quantity: 'pt' },
        { name: 'energy', unit: 'GeV', scaling: 'standard', quantity: 'energy' },
        { name: 'width', unit: '', scaling: 'standard' },
      ],
    },
  });
});

test('an unknown topology is answered with those there are', (t) => {
  const names = ['gaussian-em', 'linear-gaussian', 'neutrino', 'semileptonic-ttbar', 'truth-lab', 'two-moons'];
  t.deepEqual(topologiesOf([plugin]).names.toSorted(), names);
  t.throws(() => loadTopology('semileptonic'), {
    name: 'UserError',
    message: new RegExp(
      '^unknown topology: "semileptonic", did you mean "semileptonic-ttbar"\\? known topologies: ' +
        '[^;]*semileptonic-ttbar[^;]*; or write the path of a .yaml file, or list its plugin under plugins$',
    ),
  });
  t.throws(() => loadTopology('/nowhere/dilepton.yaml'), {
    name: 'UserError',
    message: 'unreadable /nowhere/dilepton.yaml: there is no such file',
  });
});

test('a mistake is reported with file, line and column', (t) => {
  t.is(
    refusal(t, builtIn.replace('capacity: 20', 'capasity: 20')).split('\n')[0],
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
    /energy needs mass in the momentum of group jets; all groups of an input share its features: make it an input of/,
  );
  t.regex(broken('quantity: eta,', 'quantity: eta, dataset: eta,'), /expected exactly one of quantity, dataset, class/);
  t.regex(broken('value: 1 }', '}'), /dataset and value go together/);
});

test('a topology says which figures matter, and which neutrino is that of a W boson', (t) => {
  const { figures, neutrinoOfW, inputs } = eventSpec(loadTopology('semileptonic-ttbar'));
  t.deepEqual(figures!.distributions![0], { particle: 'hadronic_top', quantity: 'mass' });
  t.deepEqual(figures!.correlations![0], [
    { particle: 'ttbar', quantity: 'mass' },
    { particle: 'hadronic_top', quantity: 'pt' },
  ]);
  t.deepEqual(figures!.posterior![0], { particle: 'neutrino', quantity: 'eta' });
  t.deepEqual(figures!.terminal, ['leptonic_W.mass', 'hadronic_top.mass', 'objects.multiplicity']);
  t.deepEqual(neutrinoOfW, { particle: 'neutrino', lepton: 'objects', missing: 'met' });
  const leptons = inputs['objects']!.features.filter(({ lepton }) => lepton).map(({ name }) => name);
  t.deepEqual(leptons, ['muon', 'electron']);
});

test('what measures a particle is one object, told from the others of its input', (t) => {
  const spec = eventSpec(loadTopology('semileptonic-ttbar'));
  const expected = { input: 'objects', classes: ['muon', 'electron'] };
  t.deepEqual(
    spec.particles.flatMap(({ name, measuredBy }) => (measuredBy ? [[name, measuredBy]] : [])),
    [['charged_lepton', expected]],
  );
  const broken = (from: string, to: string): string => refusal(t, builtIn.replace(from, to));
  t.regex(
    broken('measuredBy: lepton', 'measuredBy: leptn'),
    /:8:\d+ .*measuredBy: unknown group "leptn", did you mean "lep/,
  );
  t.regex(
    broken('measuredBy: lepton', 'measuredBy: jets'),
    /group jets holds up to 20 objects; expected a group without/,
  );
  t.regex(broken('measuredBy: lepton', 'measuredBy: met'), /the features of met lack the quantities eta/);
  t.regex(
    broken('name: b_jet, dataset: btag, value: 1 }', 'name: muon, dataset: btag, value: 1 }'),
    /no class tells objects of group lepton from others of objects/,
  );
});

test('what is seen of a particle is one of several objects of a group', (t) => {
  const { particles } = eventSpec(loadTopology('semileptonic-ttbar'));
  const jets = { input: 'objects', classes: ['b_jet', 'non_b_jet'] };
  t.deepEqual(
    particles.flatMap(({ name, measuredByOneOf }) => (measuredByOneOf ? [[name, measuredByOneOf]] : [])),
    ['leptonic_b', 'hadronic_b', 'hadronic_q1', 'hadronic_q2'].map((name) => [name, jets]),
  );
  const broken = (to: string): string => refusal(t, builtIn.replace('measuredByOneOf: jets', `measuredByOneOf: ${to}`));
  t.regex(broken('jet'), /:6:\d+ .*measuredByOneOf: unknown group "jet", did you mean "jets"/);
  t.regex(broken('lepton'), /group lepton is one object; expected a group with a capacity, or measuredBy/);
});

test('a figure of a particle or quantity that a topology lacks is refused with its place and the nearest name', (t) => {
  const lines = builtIn.split('\n');
  const broken = (from: string, to: string): string => refusal(t, builtIn.replace(from, to));
  const lineOf = (text: string): number => 1 + lines.findIndex((line) => line.includes(text));
  t.regex(
    broken('- hadronic_top.mass', '- hadronic_tpo.mass'),
    new RegExp(
      `^mine\\.yaml:${lineOf('- hadronic_top.mass')}:7 figures\\.distributions\\.0: ` +
        'unknown particle "hadronic_tpo", did you mean "hadronic_top"\\? known particles: leptonic_b, neutrino',
    ),
  );
  t.regex(
    broken('[ttbar.mass, hadronic_top.pt]', '[ttbar.mass, hadronic_top.ptt]'),
    new RegExp(
      `^mine\\.yaml:${lineOf('[ttbar.mass,')}:20 figures\\.correlations\\.0\\.1: ` +
        'unknown quantity "ptt", did you mean "pt"\\? known quantities: mass, pt, eta, phi, energy, px, py, pz$',
    ),
  );
  t.regex(broken('- neutrino.eta', '- neutrino'), /figures\.posterior\.0: expected a particle and its quantity/);
  t.regex(broken('- objects.multiplicity', '- object.multiplicity'), /figures\.terminal\.2: .*mean "objects"\?/);
  t.regex(
    broken('- leptonic_W.mass\n    - hadronic_top.mass\n    - objects', '- leptonic_W.pt\n    - objects'),
    /known quantities: mass, px, py, pz$/,
  );
  t.regex(broken('particle: neutrino,', 'particle: neutrno,'), /neutrinoOfW\.particle: .*did you mean "neutrino"\?/);
  t.regex(broken('missing: met', 'missing: mett'), /neutrinoOfW\.missing: unknown input "mett", did you mean "met"\?/);
  t.regex(broken('lepton: objects', 'lepton: met'), /neutrinoOfW\.lepton: input met has no feature energy, pz$/);
});
