import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HostEvents } from '@unfold-zoo/core';
import {
  draftTopology,
  type FileFormat,
  FileSource,
  fileFormats,
  fileOptions,
  loadTopology,
  RawEventFiles,
  samplePath,
  type TableColumn,
  writeEvents,
} from '@unfold-zoo/data';
import test from 'ava';

const work = mkdtempSync(join(tmpdir(), 'unfold-draft-'));
test.after.always(() => rmSync(work, { recursive: true, force: true }));
const fixture = (name: string): string => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));

/** A draft as it comes, and the events that it gives. */
interface Drafted {
  readonly text: string;
  readonly topologyFile: string;
  readonly events: HostEvents;
}

let drafts = 0;

async function drafted(path: string, format: FileFormat): Promise<Drafted> {
  const text = await draftTopology(path, format);
  const topologyFile = join(work, `draft-${drafts++}.yaml`);
  writeFileSync(topologyFile, text);
  const options = fileOptions.parse({ topologyFile, train: path, validationFraction: 0 });
  const source = new FileSource(options, { format, truthOptional: true });
  await source.open();
  try {
    return { text, topologyFile, events: await source.read('train', 0, source.count('train')) };
  } finally {
    await source.close();
  }
}

async function draftedFile(path: string): Promise<Drafted> {
  return drafted(path, fileFormats.find(({ extensions }) => extensions.some((end) => path.endsWith(end)))!);
}

/** Rows of a column: one number each, several, a list of any length, or a list of lists. */
type Rows = readonly number[] | readonly (readonly number[])[] | readonly (readonly (readonly number[])[])[];

/** A format whose file has these columns; lists of different lengths are jagged. */
function madeUp(columns: Readonly<Record<string, Rows>>): FileFormat {
  const shapeOf = (rows: Rows): TableColumn['shape'] => {
    const [first] = rows;
    if (!Array.isArray(first)) return [];
    const lengths = new Set(rows.map((row) => (row as readonly unknown[]).length));
    const inner = Array.isArray(first[0]) ? [(first[0] as readonly number[]).length] : [];
    return [lengths.size === 1 ? first.length : 'jagged', ...inner];
  };
  const known = Object.entries(columns).map(
    ([name, rows]): TableColumn => ({ name, type: 'float64', length: rows.length, shape: shapeOf(rows) }),
  );
  const block = (name: string, start: number, count: number) => {
    const rows = columns[name]!.slice(start, start + count);
    const values = Float64Array.from(rows.flat(2) as number[]);
    const isJagged = known.find((column) => column.name === name)!.shape[0] === 'jagged';
    const counts = Int32Array.from(rows as readonly (readonly unknown[])[], ({ length }) => length);
    return isJagged ? { values, counts } : { values };
  };
  return {
    kind: 'made-up',
    plural: 'made-up files',
    extensions: ['.made-up'],
    open: async (path) => ({
      path,
      columns: known,
      blockRows: 0,
      read: async (names, start, count) => new Map(names.map((name) => [name, block(name, start, count)])),
      close: async () => {},
    }),
  };
}

const fromMadeUp = (columns: Readonly<Record<string, Rows>>) => drafted('events.made-up', madeUp(columns));

function objects({ inputs }: HostEvents, input: string): number {
  return inputs[input]!.mask.reduce((sum, each) => sum + each, 0);
}

test('a real NanoAOD file and our own top pairs in NanoAOD: the particles of their hard process', async (t) => {
  const w = await draftedFile(fixture('root/nanoaod.root'));
  t.regex(w.text, /^weight: genWeight|^ {2}weight: genWeight/m);
  t.regex(w.text, /^ {2}- \{ name: W, label: W \}\n {2}- \{ name: charged_lepton/m);
  t.true(w.events.size > 0 && w.events.partons!.every(Number.isFinite));
  const tops = await draftedFile(fixture('tables/nanoaod-top-pairs.parquet'));
  t.regex(tops.text, /name: top, .*\n.*name: antitop, /);
  t.true(objects(tops.events, 'jet') > 4 * tops.events.size);
  // The first number of a particle is its mass.
  t.true(tops.events.partons![0]! > 150 && tops.events.partons![0]! < 200);
});

test('a file of our own needs no mapping, and a file of SPANet is read by its masks', async (t) => {
  const own = await draftedFile(samplePath());
  t.false(own.text.includes('# ?') || own.text.includes('mapping:'));
  writeFileSync(join(work, 'own.yaml'), own.text);
  const { particles } = loadTopology(join(work, 'own.yaml'));
  t.deepEqual(
    particles.map(({ name }) => name),
    loadTopology('semileptonic-ttbar').particles.map(({ name }) => name),
  );
  const spanet = await draftedFile(fixture('tables/spanet.h5'));
  t.regex(spanet.text, /\(SPANet\)\.\n(# \? (jets|met) has no azimuth, .*\n){2}# \? no truth was found/);
  t.is(objects(spanet.events, 'jets'), 9);
});

test('targets of SPANet are particles, and its regressions their momenta', async (t) => {
  const momentum = { pt: [50, 60], eta: [1, -1], phi: [0.5, 1.5], mass: [172, 173] };
  const inputs = { 'INPUTS/Met/met': [20, 30], 'INPUTS/Met/phi': [0, 1], 'TARGETS/t1/b': [0, 1] };
  const regressions = Object.entries(momentum).map(([key, rows]) => [`REGRESSIONS/t1/PARTICLE/${key}`, rows]);
  const { text, events } = await fromMadeUp({ ...inputs, ...(Object.fromEntries(regressions) as typeof momentum) });
  t.regex(text, /name: t1,/);
  t.is(events.partons![0], 172);
  const { text: without } = await fromMadeUp(inputs);
  t.regex(without, /^# \? where the momenta of the truth are: t1$/m);
});

test('Delphes: jets and missing momentum by their branches, the truth by status', async (t) => {
  const jets = {
    'Jet.PT': [[50, 30], [40]],
    'Jet.Eta': [[1, 0], [2]],
    'Jet.Phi': [[0, 1], [2]],
    'Jet.Mass': [[5, 4], [3]],
  };
  const truth = {
    'Particle.PID': [[23, 23], [23]],
    'Particle.Status': [[22, 62], [22]],
    ...{ 'Particle.Px': [[1, 9], [2]], 'Particle.Py': [[1, 9], [2]], 'Particle.Pz': [[1, 9], [2]] },
    'Particle.E': [[91.2, 99], [91.3]],
  };
  const { text, events } = await fromMadeUp({
    ...{ ...jets, 'Jet.BTag': [[1, 0], [0]], 'MissingET.MET': [[20], [30]], 'MissingET.Phi': [[0], [1]] },
    ...{ 'MissingET.Eta': [[2], [3]], 'Event.Weight': [[2], [0.5]] },
    ...truth,
  });
  t.deepEqual([...events.weights!], [2, 0.5]);
  t.regex(text, /name: missingET, .*momentum: \{ pt: pt, phi: phi \}/);
  t.regex(text, /\(Delphes\)/);
  t.regex(text, /- \{ dataset: btag \}|- \{ dataset: bTag \}/);
  t.is(objects(events, 'jet'), 3);
  t.is(objects(events, 'missingET'), 2);
  t.is(events.partons![2], 1);
});

test('a file that is made of a mapped one is read with the same topology, without its mapping', async (t) => {
  const path = fixture('tables/nanoaod-top-pairs.parquet');
  const { events, topologyFile } = await draftedFile(path);
  const topology = loadTopology(topologyFile);
  const formatOf = (name: string) => fileFormats.find(({ extensions }) => extensions.includes(`.${name}`))!;
  for (const end of ['h5', 'parquet']) {
    const written = join(work, `written.${end}`);
    const files = await RawEventFiles.open(path, { topology, format: formatOf('parquet') });
    await writeEvents(written, topology, files.blocks(0, events.size));
    await files.close();
    const options = fileOptions.parse({ topologyFile, train: written, validationFraction: 0 });
    const source = new FileSource(options, { format: formatOf(end) });
    await source.open();
    t.deepEqual(await source.read('train', 0, events.size), events);
    await source.close();
  }
});

test('EnergyFlow: jets of pT, rapidity, azimuth and mass become momenta', async (t) => {
  const gen = [
    [200, 1, 0.5, 20],
    [210, -1, 1.5, 0],
  ];
  const { text, events } = await fromMadeUp({
    ...{ gen_jets: gen, sim_jets: gen, gen_mults: [10, 12], sim_mults: [8, 9] },
  });
  t.regex(text, /\(EnergyFlow Z \+ jets\)/);
  const [mass, logE, , , pz] = events.partons!;
  t.is(mass, 20);
  const rapidity = 0.5 * Math.log((Math.exp(logE!) + pz!) / (Math.exp(logE!) - pz!));
  t.true(Math.abs(rapidity - 1) < 1e-5);
  t.true(text.includes('dataset: mults'));
});

test("the authors' npz and ATLAS's Z + jets are recognised; what is a guess is marked", async (t) => {
  const detector = [
    [
      [5, 50, 1, 0],
      [0, 0, 0, 0],
    ],
    [
      [5, 50, 1, 0],
      [4, 30, 1, 0],
    ],
  ];
  const vectors = await fromMadeUp({
    ...{
      detector_vectors: detector,
      detector_mask: [
        [1, 0],
        [1, 1],
      ],
      particle_vectors: detector.map((each) => [each[0]!]),
    },
  });
  t.regex(vectors.text, /^# \? the numbers of detector_vectors and particle_vectors have no names/m);
  t.is(objects(vectors.events, 'objects'), 3);
  const level = (prefix: string): Record<string, number[]> => ({
    ...{ [`${prefix}pT_ll`]: [200, 210], [`${prefix}y_ll`]: [0, 1] },
    ...{ [`${prefix}pT_l1`]: [100, 110], [`${prefix}eta_l1`]: [0, 1], [`${prefix}phi_l1`]: [0, 1] },
    ...{ [`${prefix}pT_trackj1`]: [90, 80], [`${prefix}y_trackj1`]: [0, 1], [`${prefix}phi_trackj1`]: [1, 1] },
    [`${prefix}m_trackj1`]: [9, 8],
  });
  const atlas = await fromMadeUp({ ...level(''), ...level('truth_'), weight_mc: [1, 2], weights_nominal: [1, 3] });
  t.regex(atlas.text, /^# .*\(ATLAS's public Z \+ jets\)/);
  t.regex(atlas.text, /^ {2}weight: weights_nominal$/m);
  t.deepEqual([...atlas.events.weights!], [1, 3]);
  t.regex(atlas.text, /- \{ name: l1, .*\n.*- \{ name: trackj1, /);
  t.notRegex(atlas.text, /unfolded/);
  const published = await fromMadeUp({ ...level(''), weight_mc: [1, 2], weights_nominal: [1, 3] });
  t.regex(published.text, /^# \? the events that ATLAS publishes are unfolded/m);
});

test('any other file goes by names: MeV, sets, entries that are lacking, lists of the truth', async (t) => {
  const { text, events } = await fromMadeUp({
    ...{ jet_pt_NOSYS: [[50_000, 30_000], [40_000]], jet_eta: [[1, 0], [2]], jet_phi: [[0, 1], [2]] },
    ...{ jet_e: [[90_000, 40_000], [160_000]], jet_charge: [[1, -1], [1]] },
    ...{ truthTopPt: [100, 0], truthTopEta: [1, 0], truthTopPhi: [1, 0], truthTopM: [172, 0], met: [20, 30] },
    ...{ gen_part_pt: [[1], [1, 2]], gen_part_eta: [[1], [1, 2]] },
  });
  t.regex(text, /^# \? jet looks like MeV, and is multiplied by 1e-3$/m);
  t.regex(text, /^# \? only names say that these are of the detector, in GeV: jet, met$/m);
  t.regex(text, /^# \? only names say that these are of the truth, in GeV: \w*top$/im);
  t.regex(text, /^# \? met has no azimuth, and is taken without one$/m);
  t.regex(text, /^# \? jet: 2 at most, as in the first events; /m);
  t.regex(text, /^# \? some events have no \w*top \(truthTopPt == 0\), and are not taken$/im);
  t.regex(text, /^# \? gen_part is a list: /m);
  t.is(events.size, 1);
  t.is(objects(events, 'jet'), 2);
  t.is(events.partons![0], 172);
  const [column] = (await fromMadeUp({ 'a b/pt': [1, 2], 'a b/eta': [0, 1] })).text.match(/pt: .*`.*/g) ?? [];
  t.is(column, 'pt: "`a b/pt`"');
});
