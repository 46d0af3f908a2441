import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EventSpec, Rng } from '@unfold-zoo/core';
import { QUANTITIES, type TopologyFigures } from '@unfold-zoo/core/events';
import { eventSpec, loadTopology } from '@unfold-zoo/data';
import { evaluateDistances, partonColumns } from '@unfold-zoo/metrics';
import {
  choiceName,
  correlationChoices,
  type FigureChoice,
  highlights,
  posteriorChoices,
  writeReportFiles,
} from '@unfold-zoo/report';
import test from 'ava';

/** A topology of names that nobody has heard of. */
function cave(figures?: TopologyFigures): EventSpec {
  const particles = ['grue', 'wumpus', 'snark'].map((name) => ({ name, label: `A ${name}` }));
  return { name: 'cave', particles, inputs: {}, ...(figures && { figures }) };
}

const OWN: TopologyFigures = {
  distributions: [
    { particle: 'snark', quantity: 'phi' },
    { particle: 'grue', quantity: 'energy' },
  ],
  correlations: [
    [
      { particle: 'wumpus', quantity: 'pz' },
      { particle: 'grue', quantity: 'mass' },
    ],
  ],
  posterior: [{ particle: 'wumpus', quantity: 'eta' }],
};

const names = (spec: EventSpec, choices: readonly FigureChoice[]): string[] =>
  choices.map((choice) => choiceName(spec, choice));

/** Names of the figures that a report of random numbers has, without training curves. */
function figuresOf(spec: EventSpec): string[] {
  const rng = new Rng(7);
  const values = Float32Array.from({ length: 50 * spec.particles.length * QUANTITIES.length }, () => rng.normal());
  const truth = partonColumns(spec, values);
  const distances = evaluateDistances({ spec, truth, predicted: truth, rng, bootstrap: { replicas: 0 } });
  const folder = mkdtempSync(join(tmpdir(), 'unfold-figures-'));
  try {
    writeReportFiles(folder, {
      title: spec.name,
      spec,
      truth,
      models: [{ label: 'model', columns: truth, distances }],
    });
    return readdirSync(join(folder, 'figures')).sort();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('a topology of any names has the figures that it asks for, and no others', (t) => {
  t.deepEqual(figuresOf(cave(OWN)), ['correlation-wumpus-pz-and-grue-mass.svg', 'grue-energy.svg', 'snark-phi.svg']);
  t.deepEqual(names(cave(OWN), highlights(cave(OWN))), ['snark-phi', 'grue-energy']);
  t.deepEqual(names(cave(OWN), posteriorChoices(cave(OWN))), ['wumpus-eta']);
});

test('a topology that asks for nothing has mass and pt of each particle, and pt of neighbours', (t) => {
  const usual = ['grue-mass', 'grue-pt', 'wumpus-mass', 'wumpus-pt', 'snark-mass', 'snark-pt'];
  t.deepEqual(names(cave(), highlights(cave())), usual);
  t.deepEqual(names(cave(), posteriorChoices(cave())), usual);
  const pairs = correlationChoices(cave()).map(({ x, y }) => names(cave(), [x, y]).join(' '));
  t.deepEqual(pairs, ['grue-pt wumpus-pt', 'wumpus-pt snark-pt']);
});

test('a topology that asks for no correlations has none, and its posterior is that of its distributions', (t) => {
  const spec = cave({ distributions: OWN.distributions!, correlations: [] });
  t.deepEqual(figuresOf(spec), ['grue-energy.svg', 'snark-phi.svg']);
  t.deepEqual(posteriorChoices(spec), highlights(spec));
});

test('a figure of a particle that is not there names the nearest', (t) => {
  const spec = cave({ distributions: [{ particle: 'wumpsu', quantity: 'pt' }] });
  t.throws(() => highlights(spec), {
    name: 'UserError',
    message: /^unknown particle "wumpsu", did you mean "wumpus"\?/,
  });
});

test('the figures of the semileptonic topology are those of the paper', (t) => {
  const spec = eventSpec(loadTopology('semileptonic-ttbar'));
  const shown = ['hadronic_top-mass', 'leptonic_top-mass', 'hadronic_W-mass', 'leptonic_W-mass'];
  shown.push('hadronic_top-pt', 'hadronic_top-eta');
  t.deepEqual(names(spec, highlights(spec)), shown);
  t.deepEqual(names(spec, posteriorChoices(spec)), ['neutrino-eta', ...shown]);
  t.deepEqual(
    correlationChoices(spec).map(({ x, y }) => names(spec, [x, y]).join(' ')),
    ['ttbar-mass hadronic_top-pt', 'hadronic_top-pt leptonic_top-pt', 'hadronic_W-mass hadronic_top-mass'],
  );
});
