import type { TtbarEvents } from '@unfold-zoo/data';

/** The columns that the observables are made of; generated events have them, and so have files of simulated events. */
export interface TtbarColumns {
  readonly size: number;
  readonly momenta: ArrayLike<number>;
  readonly jets: Readonly<
    Record<'mass' | 'pt' | 'eta' | 'phi' | 'btag' | 'truth_flavor' | 'lengths', ArrayLike<number>>
  >;
  readonly lepton: Readonly<Record<'pt' | 'eta' | 'is_electron', ArrayLike<number>>>;
  readonly met: Readonly<Record<'met' | 'phi', ArrayLike<number>>>;
  readonly processCode: ArrayLike<number>;
  /** [4][n] jets of leptonic b, hadronic b, q1 and q2. */
  readonly targets: readonly ArrayLike<number | bigint>[];
}

export function columnsOf({ size, momenta, groups, extras }: TtbarEvents): TtbarColumns {
  const targets = [
    extras['/TARGETS/lt/b'],
    extras['/TARGETS/ht/b'],
    extras['/TARGETS/ht/q1'],
    extras['/TARGETS/ht/q2'],
  ];
  return { size, momenta, ...groups, processCode: extras['/event/process_code'], targets };
}

const ROWS = [
  'leptonic b',
  'neutrino',
  'lepton',
  'hadronic b',
  'q1',
  'q2',
  'leptonic W',
  'hadronic W',
  'leptonic t',
  'hadronic t',
  'pair',
];
const RESPONSE_BINS = [25, 40, 70, 120, 400];

/** One-dimensional samples, in GeV where they have a unit. A share is the mean of a sample of zeros and ones. */
export function observables(columns: TtbarColumns): Record<string, Float64Array> {
  const samples: Record<string, number[]> = {};
  const fill = (name: string, value: number): void => {
    samples[name] ??= [];
    samples[name].push(value);
  };
  for (let event = 0; event < columns.size; event++) {
    fillPartons(columns, event, fill);
    fillLepton(columns, event, fill);
    fillJets(columns, event, fill);
    fillMatches(columns, event, fill);
  }
  return Object.fromEntries(Object.entries(samples).map(([name, values]) => [name, Float64Array.from(values)]));
}

type Fill = (name: string, value: number) => void;

function row({ momenta }: TtbarColumns, event: number, particle: number) {
  const at = (event * 11 + particle) * 5;
  const [mass, energy, px, py, pz] = [0, 1, 2, 3, 4].map((k) => momenta[at + k]!) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const pt = Math.hypot(px, py);
  return { mass, energy, px, py, pz, pt, eta: Math.asinh(pz / pt), phi: Math.atan2(py, px) };
}

function fillPartons(columns: TtbarColumns, event: number, fill: Fill): void {
  for (const [particle, name] of ROWS.entries()) fill(`${name} pT`, row(columns, event, particle).pt);
  for (const particle of [6, 7, 8, 9, 10]) fill(`${ROWS[particle]} mass`, row(columns, event, particle).mass);
  const pair = row(columns, event, 10);
  fill('pair |y|', Math.abs(Math.atanh(pair.pz / pair.energy)));
  fill('gg share', columns.processCode[event] === 601 ? 1 : 0);
}

function fillLepton({ lepton, met, ...columns }: TtbarColumns, event: number, fill: Fill): void {
  const truth = row({ lepton, met, ...columns }, event, 2);
  const neutrino = row({ lepton, met, ...columns }, event, 1);
  fill('observed lepton pT', lepton.pt[event]!);
  fill('observed lepton |eta|', Math.abs(lepton.eta[event]!));
  fill('lepton response', lepton.pt[event]! / truth.pt);
  fill('electron share', lepton.is_electron[event]!);
  fill('missing pT', met.met[event]!);
  fill('missing px - neutrino px', met.met[event]! * Math.cos(met.phi[event]!) - neutrino.px);
}

function fillJets({ jets }: TtbarColumns, event: number, fill: Fill): void {
  const count = jets.lengths[event]!;
  let tags = 0;
  for (let j = 0; j < count; j++) {
    const at = event * 20 + j;
    const flavour = { 0: 'light', 4: 'c', 5: 'b' }[jets.truth_flavor[at]!]!;
    tags += jets.btag[at]!;
    if (j < 5) fill(`jet ${j + 1} pT`, jets.pt[at]!);
    fill('jet |eta|', Math.abs(jets.eta[at]!));
    fill(`${flavour} jet mass`, jets.mass[at]!);
    fill(`${flavour} jet mass / pT`, jets.mass[at]! / jets.pt[at]!);
    fill(`${flavour} jet tagged share`, jets.btag[at]!);
  }
  fill('jets', count);
  for (let n = 4; n <= 7; n++) fill(`${n} jets share`, count === n ? 1 : 0);
  fill('b tags', tags);
}

function fillMatches(columns: TtbarColumns, event: number, fill: Fill): void {
  const quarks = [0, 3, 4, 5].map((particle) => row(columns, event, particle));
  const matches = columns.targets.map((target) => Number(target[event]));
  const jets = matches.map((match) => (match < 0 ? undefined : jet(columns, event * 20 + match)));
  for (const [q, name] of ['leptonic b', 'hadronic b', 'q1', 'q2'].entries()) {
    fill(`${name} matched share`, jets[q] ? 1 : 0);
    if (!jets[q]) continue;
    const truth = quarks[q]!;
    const bin = RESPONSE_BINS.findLastIndex((edge) => truth.pt >= edge);
    const upper = RESPONSE_BINS[bin + 1];
    if (upper !== undefined && bin >= 0) fill(`${name} response ${RESPONSE_BINS[bin]}-${upper}`, jets[q].pt / truth.pt);
    fill(`${name} eta shift`, jets[q].eta - truth.eta);
  }
  fill('all matched share', matches.every((match) => match >= 0) ? 1 : 0);
  if (!jets[2] || !jets[3]) return;
  fill('reconstructed W mass', mass([jets[2], jets[3]]));
  if (jets[1]) fill('reconstructed t mass', mass([jets[1], jets[2], jets[3]]));
}

function jet({ jets }: TtbarColumns, at: number) {
  const [m, pt, eta, phi] = [jets.mass[at]!, jets.pt[at]!, jets.eta[at]!, jets.phi[at]!];
  const pz = pt * Math.sinh(eta);
  return { pt, eta, px: pt * Math.cos(phi), py: pt * Math.sin(phi), pz, energy: Math.hypot(m, pt, pz) };
}

function mass(parts: readonly { energy: number; px: number; py: number; pz: number }[]): number {
  const sum = (key: 'energy' | 'px' | 'py' | 'pz') => parts.reduce((total, part) => total + part[key], 0);
  return Math.sqrt(sum('energy') ** 2 - sum('px') ** 2 - sum('py') ** 2 - sum('pz') ** 2);
}
