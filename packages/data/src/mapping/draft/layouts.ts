import { columnFamilies, quoted } from './column-families.js';
import { detectorGroups } from './detector-groups.js';
import type { Draft } from './draft.js';
import { type GeneratorParticles, hardProcess } from './hard-process.js';
import type { SampledColumns } from './sampled-columns.js';
import { isTruth, truthParticles } from './truth-particles.js';

/** A layout of files that is known by the names of its columns. */
export interface KnownLayout {
  readonly name: string;
  /** Columns that files of it have. */
  readonly columns: readonly string[];
  draft(sample: SampledColumns): Promise<UnnamedDraft>;
}

/** A draft without the name of the layout. */
type UnnamedDraft = Omit<Draft, 'layout'>;

const WEIGHT =
  /^(?:event\/weight|WEIGHTS?\/?\w*|weights?_nominal|genWeight|mc_?weight|weight_mc|event_?weight|weights?|Event\.Weight)$/i;

/** The column that looks most like an event weight. */
export function weightOf({ columns }: SampledColumns): string | undefined {
  const plain = columns.filter(({ shape, problem }) => shape.length === 0 && problem === undefined);
  const found = plain.find(({ name }) => name === 'weights_nominal') ?? plain.find(({ name }) => WEIGHT.test(name));
  return found && quoted(found.name);
}

async function ofGenerator(
  groupPrefixes: readonly string[],
  generator: GeneratorParticles,
  sample: SampledColumns,
): Promise<UnnamedDraft> {
  const families = columnFamilies(sample.columns).filter(({ prefix }) => groupPrefixes.includes(prefix));
  const { groups, doubts } = await detectorGroups(families, sample);
  const truth = await hardProcess(generator, sample);
  return { weight: weightOf(sample), ...truth, groups, doubts: [...doubts, ...truth.doubts] };
}

/** CMS NanoAOD: status flag 8 is fromHardProcess, 13 isLastCopy. */
const nanoaod: KnownLayout = {
  name: 'NanoAOD',
  columns: ['GenPart_pdgId', 'GenPart_statusFlags', 'GenPart_pt', 'Jet_pt'],
  draft: (sample) =>
    ofGenerator(
      ['Jet', 'Electron', 'Muon', sample.has('PuppiMET_pt') && !sample.has('MET_pt') ? 'PuppiMET' : 'MET'],
      {
        pdgId: 'GenPart_pdgId',
        status: 'GenPart_statusFlags',
        isHard: (flags) => [8, 13].every((flag) => (flags >> flag) % 2 !== 0),
        hard: 'bit(GenPart_statusFlags, 8) && bit(GenPart_statusFlags, 13)',
        momentum: { prefix: 'GenPart_' },
      },
      sample,
    ),
};

/** Delphes keeps the event itself in a list of one. */
function delphesWeight(sample: SampledColumns): string | undefined {
  return sample.has('Event.Weight') ? `${quoted('Event.Weight')}[0]` : weightOf(sample);
}

/** Delphes: statuses 21 to 29 are those of the hard process in Pythia 8, of which 22 and 23 leave it. */
const delphes: KnownLayout = {
  name: 'Delphes',
  columns: ['Particle.PID', 'Particle.Status', 'Jet.PT', 'MissingET.MET'],
  draft: async (sample) => ({
    ...(await ofGenerator(
      ['Jet', 'Electron', 'Muon', 'MissingET'],
      {
        pdgId: 'Particle.PID',
        status: 'Particle.Status',
        isHard: (status) => status === 22 || status === 23,
        hard: '`Particle.Status` == 22 || `Particle.Status` == 23',
        momentum: { px: '`Particle.Px`', py: '`Particle.Py`', pz: '`Particle.Pz`', energy: '`Particle.E`' },
      },
      sample,
    )),
    weight: delphesWeight(sample),
  }),
};

/** EnergyFlow's Z + jets: jets are pT, rapidity, azimuth and mass; other columns describe their substructure. */
const energyFlow: KnownLayout = {
  name: 'EnergyFlow Z + jets',
  columns: ['gen_jets', 'sim_jets', 'gen_mults', 'sim_mults'],
  draft: async ({ columns }) => {
    const jet = (level: string) => {
      const [pt, y, phi, mass] = [0, 1, 2, 3].map((i) => `${level}_jets[${i}]`) as [string, string, string, string];
      const pz = `sqrt(${pt}^2 + ${mass}^2) * sinh(${y})`;
      return { pt, phi, mass, px: `px(${pt}, ${phi})`, py: `py(${pt}, ${phi})`, pz };
    };
    const [truth, seen] = [jet('gen'), jet('sim')];
    const numbers = columns.filter(({ name, shape }) => name.startsWith('sim_') && shape.length === 0);
    const extras = Object.fromEntries(numbers.map(({ name }) => [name.slice('sim_'.length), name]));
    const eta = `eta(${seen.px}, ${seen.py}, ${seen.pz})`;
    const { px, py, pz } = truth;
    return {
      particles: [{ name: 'jet', mapping: { px, py, pz, mass: `max(${truth.mass}, 0)` } }],
      groups: [{ name: 'jet', columns: { pt: seen.pt, eta, phi: seen.phi, mass: `max(${seen.mass}, 0)`, ...extras } }],
      doubts: [
        'substructure of the truth (gen_widths, ...) is no momentum, and left out; so are constituents and gen_Zs',
      ],
    };
  },
};

/** The authors' own files: vectors of objects and particles, whose numbers the files do not name. */
const authors: KnownLayout = {
  name: "the authors' npz",
  columns: ['detector_vectors', 'detector_mask', 'particle_vectors'],
  draft: async ({ columns }) => {
    const axes = (name: string) => columns.find((column) => column.name === name)!.shape.map(Number);
    const [[capacity = 1], [particles = 1]] = [axes('detector_vectors'), axes('particle_vectors')];
    const number = (array: string, i: number) => `component(${array}, ${i})`;
    const object = { pt: number('detector_vectors', 1), eta: number('detector_vectors', 2) };
    const rest = { phi: number('detector_vectors', 3), mass: `max(${number('detector_vectors', 0)}, 0)` };
    return {
      particles: Array.from({ length: particles }, (_, place) => {
        const of = (i: number) => `${number('particle_vectors', i)}[${place}]`;
        return { name: `particle_${place}`, mapping: { mass: of(0), pt: of(1), eta: of(2), phi: of(3) } };
      }),
      groups: [{ name: 'objects', capacity, columns: { ...object, ...rest }, where: 'detector_mask > 0' }],
      doubts: [
        'the numbers of detector_vectors and particle_vectors have no names: mass, pt, eta, phi is a guess',
        'particle_types says which particle is which: name them; detector_event has more of the detector',
      ],
    };
  },
};

/** SPANet: inputs with masks; targets are places in the inputs, and momenta of the truth are regressions, if any. */
const spanet: KnownLayout = {
  name: 'SPANet',
  columns: [],
  draft: async (sample) => {
    const families = columnFamilies(sample.columns);
    const { groups, doubts } = await detectorGroups(
      families.filter(({ prefix }) => prefix.startsWith('INPUTS/')),
      sample,
    );
    const regressions = families.filter(({ prefix }) => prefix.startsWith('REGRESSIONS/'));
    const truth = await truthParticles(regressions, sample);
    const targets = new Set(sample.columns.flatMap(({ name }) => /^TARGETS\/([^/]+)\//.exec(name)?.[1] ?? []));
    const unknown = [...targets].map((name) => ({ name }));
    return {
      select: truth.select,
      weight: weightOf(sample),
      particles: truth.particles.length > 0 ? truth.particles : unknown,
      groups,
      doubts: [...doubts, ...truth.doubts],
    };
  },
};

/** By the names of the columns alone. */
async function draftByNames(sample: SampledColumns): Promise<UnnamedDraft> {
  const families = columnFamilies(sample.columns);
  const seen = await detectorGroups(
    families.filter((family) => !isTruth(family)),
    sample,
  );
  const truth = await truthParticles(families.filter(isTruth), sample);
  return { weight: weightOf(sample), ...truth, groups: seen.groups, doubts: [...seen.doubts, ...truth.doubts] };
}

/** The draft of a layout that is not known, where nothing but names says what is what. */
async function draftOfUnknown(sample: SampledColumns): Promise<UnnamedDraft> {
  const draft = await draftByNames(sample);
  const names = (some: readonly { readonly name: string }[]): string => some.map(({ name }) => name).join(', ');
  const { groups, particles, weight } = draft;
  const guesses = [
    ...(groups.length > 0 ? [`only names say that these are of the detector, in GeV: ${names(groups)}`] : []),
    ...(particles.length > 0 ? [`only names say that these are of the truth, in GeV: ${names(particles)}`] : []),
    ...(weight === undefined ? [] : [`only its name says that ${weight} is the weight of an event`]),
  ];
  return { ...draft, doubts: [...guesses, ...draft.doubts] };
}

/** ATLAS's public Z + jets: momenta of leptons and track jets; the truth of simulated ones has a prefix. */
const atlas: KnownLayout = {
  name: "ATLAS's public Z + jets",
  columns: ['pT_ll', 'pT_l1', 'pT_trackj1', 'weight_mc'],
  draft: async (sample) => {
    const draft = await draftByNames(sample);
    if (sample.has('truth_pT_ll')) return draft;
    const doubt =
      'the events that ATLAS publishes are unfolded: without columns truth_*, what is under inputs is truth';
    return { ...draft, doubts: [doubt, ...draft.doubts] };
  },
};

const LAYOUTS: readonly KnownLayout[] = [nanoaod, delphes, energyFlow, authors, atlas];

/** The draft of the layout that a file has. */
export async function draftOf(sample: SampledColumns): Promise<Draft> {
  const isSpanet = sample.columns.some(({ name }) => name.startsWith('INPUTS/'));
  const known = isSpanet ? spanet : LAYOUTS.find(({ columns }) => columns.every((name) => sample.has(name)));
  const { name, draft } = known ?? { name: 'columns', draft: draftOfUnknown };
  return { layout: name, ...(await draft(sample)) };
}
