// Pictures of the built-in generator beside simulated events of a file, by default the sample that comes with the
// project.
import { resolve } from 'node:path';
import { Rng } from '@unfold-zoo/core';
import { writeFileAtomically } from '@unfold-zoo/core/files';
import { EventFile, loadTopology, samplePath, TtbarGenerator } from '@unfold-zoo/data';
import { histogram, ratioPlot } from '@unfold-zoo/report';

export const options = {
  reference: { type: 'string', default: samplePath(), description: 'HDF5 file of simulated events' },
  events: { type: 'string', default: '50000', description: 'events to generate' },
  out: { type: 'string', default: 'docs/pictures', description: 'folder for the pictures' },
};

const HADRONIC_TOP = 9;
const PAIR = 10;
const pt = (momenta, row) => Math.hypot(momenta[5 * row + 2], momenta[5 * row + 3]);

/** What is drawn: how a number is read off event i, and the edges of its bins. */
const OBSERVABLES = [
  {
    file: 'top-pt',
    title: 'Hadronic t',
    xTitle: 'p_T(t) [GeV]',
    edges: even(0, 400, 40),
    of: ({ momenta }, i) => [pt(momenta, 11 * i + HADRONIC_TOP)],
  },
  {
    file: 'pair-mass',
    title: 'tt̄ system',
    xTitle: 'm(tt̄) [GeV]',
    edges: even(300, 1200, 45),
    of: ({ momenta }, i) => [momenta[5 * (11 * i + PAIR)]],
  },
  {
    file: 'jet-pt',
    title: 'Jets',
    xTitle: 'p_T(jet) [GeV]',
    edges: even(25, 300, 55),
    of: ({ groups }, i) => jets(groups.jets, i, 'pt'),
  },
  {
    file: 'jets',
    title: 'Jets',
    xTitle: 'Number of jets',
    unit: '',
    edges: even(3.5, 9.5, 6),
    of: ({ groups }, i) => [Number(groups.jets.lengths[i])],
  },
  {
    file: 'met',
    title: 'Missing momentum',
    xTitle: 'MET [GeV]',
    edges: even(0, 250, 50),
    of: ({ groups }, i) => [groups.met.met[i]],
  },
];

export async function run({ reference, events, out }) {
  const topology = loadTopology('semileptonic-ttbar');
  const file = await EventFile.open(resolve(reference), topology);
  const simulated = [];
  for (let start = 0; start < file.size; start += 4096)
    simulated.push(file.read(start, Math.min(4096, file.size - start)));
  file.close();
  const generated = [new TtbarGenerator(new Rng(1)).generate(Number(events))];
  const files = OBSERVABLES.map(({ file: name, title, xTitle, unit = 'GeV', edges, of }) => {
    const sample = (label, blocks) => ({ label, histogram: histogram(values(blocks, of), edges) });
    const path = resolve(out, `generator-${name}.svg`);
    const [truth, model] = [sample('Pythia 8', simulated), sample('built-in generator', generated)];
    writeFileAtomically(path, `${ratioPlot({ title, xTitle, unit, truth, models: [model] })}\n`);
    return path;
  });
  return {
    reference: resolve(reference),
    simulated: simulated.reduce((sum, { size }) => sum + size, 0),
    generated: Number(events),
    files,
  };
}

function values(blocks, of) {
  return Float64Array.from(
    blocks.flatMap((block) => Array.from({ length: block.size }, (_, i) => of(block, i)).flat()),
  );
}

function jets({ lengths, ...columns }, event, name) {
  const column = columns[name];
  const capacity = column.length / lengths.length;
  return Array.from(column.subarray(event * capacity, event * capacity + Number(lengths[event])));
}

function even(low, high, bins) {
  return Array.from({ length: bins + 1 }, (_, i) => low + (i * (high - low)) / bins);
}
