import { type EventSpec, type HostEvents, UserError } from '@unfold-zoo/core';

/** GeV, of the top quark (Particle Data Group 2022). */
const TOP_MASS = 172.69;

const COLUMNS = ['energy', 'px', 'py', 'pz', 'b_jet', 'muon', 'electron'] as const;
type Column = (typeof COLUMNS)[number];

/** Which columns of an input the jets' numbers are in. */
export type JetColumns = Readonly<Record<Column, number>>;

/** Where an input has what the trijet needs. Throws a `UserError` that says what is missing. */
export function jetColumns(spec: EventSpec, input: string): JetColumns {
  const known = spec.inputs[input]?.features.map(({ name }) => name);
  if (!known) {
    throw new UserError(`unknown input: "${input}"; expected one of ${Object.keys(spec.inputs).join(', ')}`);
  }
  const missing = COLUMNS.filter((name) => !known.includes(name));
  if (missing.length > 0) throw new UserError(`invalid input: "${input}" has no feature ${missing.join(', ')}`);
  return Object.fromEntries(COLUMNS.map((name) => [name, known.indexOf(name)])) as unknown as JetColumns;
}

/** E, px, py, pz in GeV. */
type Momentum = readonly [energy: number, px: number, py: number, pz: number];

/**
 * GeV, the transverse momentum of the three jets, one of them a b jet, whose mass is closest to the top quark's, in
 * each event: a textbook reconstruction of the hadronic top. NaN for an event without a b jet and two others.
 */
export function trijetPt(events: HostEvents, input: string, columns: JetColumns): Float64Array {
  return Float64Array.from({ length: events.size }, (_, event) => {
    const { tagged, others } = jetsOf(events, event, input, columns);
    let [best, distance] = [Number.NaN, Number.POSITIVE_INFINITY];
    for (const b of tagged)
      for (const [i, first] of others.entries())
        for (const second of others.slice(i + 1)) {
          const total = add(b, first, second);
          const off = Math.abs(mass(total) - TOP_MASS);
          if (off < distance) [best, distance] = [Math.hypot(total[1], total[2]), off];
        }
    return best;
  });
}

function jetsOf(events: HostEvents, event: number, input: string, columns: JetColumns) {
  const { features, mask } = events.inputs[input]!;
  const [capacity, width] = [mask.length / events.size, features.length / mask.length];
  const [tagged, others]: [Momentum[], Momentum[]] = [[], []];
  for (let slot = event * capacity; slot < (event + 1) * capacity; slot++) {
    const at = (column: Column): number => features[slot * width + columns[column]]!;
    if (mask[slot] === 0 || at('muon') > 0 || at('electron') > 0) continue;
    (at('b_jet') > 0 ? tagged : others).push([at('energy'), at('px'), at('py'), at('pz')]);
  }
  return { tagged, others };
}

function add(a: Momentum, b: Momentum, c: Momentum): Momentum {
  return [a[0] + b[0] + c[0], a[1] + b[1] + c[1], a[2] + b[2] + c[2], a[3] + b[3] + c[3]];
}

function mass([energy, px, py, pz]: Momentum): number {
  return Math.sqrt(Math.max(0, energy ** 2 - px ** 2 - py ** 2 - pz ** 2));
}
