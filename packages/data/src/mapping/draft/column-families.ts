import type { TableColumn } from '../../tables/table-file.js';

/** Numbers of one momentum, as columns are usually called. */
export type Quantity = 'pt' | 'eta' | 'phi' | 'rapidity' | 'mass' | 'energy' | 'px' | 'py' | 'pz';

/** Columns of one kind of object or particle, e.g. those whose names begin with `Jet_`. */
export interface ColumnFamily {
  /** What the names of its columns have in common, e.g. `Jet` or `INPUTS/Jets`. */
  readonly prefix: string;
  readonly quantities: Readonly<Partial<Record<Quantity, string>>>;
  /** Other numbers that describe it, by plain names: charges, tags. */
  readonly extras: Readonly<Record<string, string>>;
  /** The axes of all of its columns after that of the events. */
  readonly shape: TableColumn['shape'];
}

const SYNONYMS: Readonly<Record<string, Quantity>> = {
  ...{ pt: 'pt', et: 'pt', met: 'pt', met_et: 'pt', eta: 'eta', phi: 'phi', y: 'rapidity', rapidity: 'rapidity' },
  ...{ mass: 'mass', m: 'mass', e: 'energy', energy: 'energy', px: 'px', py: 'py', pz: 'pz' },
};
const EXTRA = /^(charge|q|b_?tag\w*|is_[a-z]+|n_?tracks?|tau\d)$/i;
/** What names of ATLAS end with where nothing is varied. */
const NOMINAL = /_NOSYS$/;

interface NamePart {
  readonly prefix: string;
  readonly last: string;
}

/** The ways to take a name apart: at its last separator, before its last capital, and with the quantity in front. */
function partsOf(name: string): NamePart[] {
  const plain = name.replace(NOMINAL, '');
  const [, prefix = '', last = ''] = /^(?:(.*)[._/])?([^._/]+)$/.exec(plain) ?? [];
  const [, camel, capital] = /^(.*[a-z0-9])(Pt|Eta|Phi|Mass|M|E|Px|Py|Pz|Charge)$/.exec(plain) ?? [];
  const [, level = '', first, rest] = /^((?:truth|true|gen|sim|reco|mc)_)?([A-Za-z]\w*?)_(\w+)$/.exec(plain) ?? [];
  return [
    { prefix: isMissing(last) && prefix === '' ? last : prefix, last },
    ...(camel !== undefined && capital !== undefined ? [{ prefix: camel, last: capital }] : []),
    ...(first !== undefined && rest !== undefined ? [{ prefix: `${level}${rest}`, last: first }] : []),
  ];
}

/** Whether a name is that of missing momentum. */
export function isMissing(name: string): boolean {
  return /^(met|met_et|missinget)$/i.test(name);
}

function quantityOf({ last }: NamePart): Quantity | undefined {
  return SYNONYMS[last.toLowerCase()];
}

function sameShape(a: TableColumn['shape'], b: TableColumn['shape']): boolean {
  return a.length === b.length && a.every((axis, i) => axis === b[i]);
}

/** Columns that belong together by their names and have the momentum of something, in the order of the file. */
export function columnFamilies(columns: readonly TableColumn[]): ColumnFamily[] {
  const found = new Map<string, { quantities: Partial<Record<Quantity, string>>; shape: TableColumn['shape'] }>();
  const numbers = columns.filter(({ problem, shape }) => problem === undefined && shape.length <= 1);
  for (const { name, shape } of numbers) {
    const part = partsOf(name).find((each) => each.prefix !== '' && quantityOf(each));
    if (!part) continue;
    const family = found.get(part.prefix) ?? { quantities: {}, shape };
    const quantity = quantityOf(part)!;
    if (sameShape(family.shape, shape)) family.quantities[quantity] ??= name;
    found.set(part.prefix, family);
  }
  return [...found]
    .filter(([, { quantities }]) => hasMomentum(quantities))
    .map(([prefix, family]) => ({ prefix, ...family, extras: extrasOf(prefix, family.shape, numbers) }));
}

/** A transverse momentum and something else, or alone where it is what is missing. */
function hasMomentum({ pt, px, py, ...others }: ColumnFamily['quantities']): boolean {
  if (pt === undefined) return px !== undefined && py !== undefined;
  return Object.keys(others).length > 0 || isMissing(partsOf(pt)[0]!.last);
}

function extrasOf(
  prefix: string,
  shape: TableColumn['shape'],
  columns: readonly TableColumn[],
): Readonly<Record<string, string>> {
  const extras: Record<string, string> = {};
  for (const column of columns.filter((each) => sameShape(shape, each.shape))) {
    const name = restOf(column.name, prefix);
    if (name !== undefined && EXTRA.test(name)) extras[plainName(name)] ??= column.name;
  }
  return extras;
}

/** What a name says after a prefix, or before it where the quantity is in front. */
function restOf(name: string, prefix: string): string | undefined {
  const [, rest] = name.startsWith(prefix) ? (/^[._/]?(\w+)$/.exec(name.slice(prefix.length)) ?? []) : [];
  return rest?.replace(NOMINAL, '') ?? partsOf(name).find((part) => part.prefix === prefix)?.last;
}

/** A name of letters, digits and _ that begins with a small letter. */
export function plainName(text: string): string {
  const words = text.replace(/\W+/g, '_').replace(/^[\d_]+|_+$/g, '');
  return words === words.toUpperCase() ? words.toLowerCase() : words.charAt(0).toLowerCase() + words.slice(1);
}

/** A column as an expression names it. */
export function quoted(column: string): string {
  return /^[A-Za-z_]\w*$/.test(column) ? column : `\`${column}\``;
}
