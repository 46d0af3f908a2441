import type { Draft, DraftGroup, DraftParticle } from './draft.js';

/** A draft as the YAML of a topology with its mapping; what is a guess stands in front, marked by `# ?`. */
export function draftText(draft: Draft, { name, file }: { readonly name: string; readonly file: string }): string {
  const { layout, particles, groups, doubts, isOwnLayout } = draft;
  const known = particles.length > 0 ? particles : [{ name: 'truth' }];
  const lacking = particles.filter(({ mapping }) => !mapping && !isOwnLayout).map((each) => each.name);
  const marks = [
    ...doubts,
    ...(particles.length === 0 ? ['no truth was found: name its particles, here and in the mapping'] : []),
    ...(lacking.length > 0 ? [`where the momenta of the truth are: ${lacking.join(', ')}`] : []),
    ...(groups.length === 0 ? ['no objects of the detector were found: write inputs'] : []),
  ];
  return [
    `# Draft of a topology${isOwnLayout ? '' : ' and its mapping'} for ${file} (${layout}).`,
    ...marks.map((mark) => `# ? ${mark}`),
    `name: ${name}`,
    'particles:',
    ...known.map((each) => `  - { name: ${each.name}, label: ${each.name.replaceAll('_', ' ')} }`),
    `inputs:${groups.length === 0 ? ' {}' : ''}`,
    ...groups.flatMap(inputLines),
    ...(isOwnLayout ? [] : mappingLines(draft)),
    '',
  ].join('\n');
}

const MOMENTUM = ['pt', 'eta', 'phi', 'mass'] as const;
const LOGARITHMIC: ReadonlySet<string> = new Set(['pt', 'mass']);

/** A group is an input of its own: others may lack its numbers. */
function inputLines({ name, capacity, columns, momentum = ownNames(columns) }: DraftGroup): string[] {
  const quantities = MOMENTUM.filter((quantity) => momentum[quantity] !== undefined);
  const extras = Object.keys(columns).filter((column) => !Object.values(momentum).includes(column));
  const group = { name, ...(capacity !== undefined && { capacity }), momentum };
  return [
    `  ${name}:`,
    `    groups: [${flow(group)}]`,
    '    features:',
    ...quantities.map((quantity) => `      - ${flow(featureOf(quantity))}`),
    ...(momentum['phi'] ? ['px', 'py'] : []).map((quantity) => `      - ${flow({ quantity })}`),
    ...extras.map((dataset) => `      - ${flow({ dataset })}`),
  ];
}

function ownNames(columns: DraftGroup['columns']): Readonly<Record<string, string>> {
  return Object.fromEntries(MOMENTUM.filter((name) => columns[name] !== undefined).map((name) => [name, name]));
}

function featureOf(quantity: string): object {
  return LOGARITHMIC.has(quantity) ? { quantity, scaling: 'log' } : { quantity };
}

function mappingLines({ define = {}, select, weight, particles, groups }: Draft): string[] {
  const known = particles.filter(({ mapping }) => mapping !== undefined);
  return [
    'mapping:',
    ...(Object.keys(define).length > 0 ? [`  define: ${flow(define)}`] : []),
    ...(select === undefined ? [] : [`  select: ${scalar(select)}`]),
    ...(weight === undefined ? [] : [`  weight: ${scalar(weight)}`]),
    ...(known.length > 0 ? ['  particles:', ...known.flatMap(particleLines)] : []),
    `  groups:${groups.length === 0 ? ' {}' : ''}`,
    ...groups.flatMap(groupLines),
  ];
}

function particleLines({ name, mapping = {} }: DraftParticle): string[] {
  return [`    ${name}:`, ...keyLines(mapping, '      ')];
}

function groupLines({ name, capacity, columns, where }: DraftGroup): string[] {
  return [
    `    ${name}:`,
    '      from:',
    '        columns:',
    ...keyLines(columns, '          '),
    ...(where === undefined ? [] : [`        where: ${scalar(where)}`]),
    ...(capacity === undefined ? [] : ['      sort: pt', '      overflow: drop']),
  ];
}

function keyLines(values: object, indent: string): string[] {
  return Object.entries(values).map(([key, value]) => `${indent}${key}: ${scalar(value)}`);
}

function flow(value: unknown): string {
  if (typeof value !== 'object' || value === null) return scalar(value);
  const entries = Object.entries(value).map(([key, each]) => `${key}: ${flow(each)}`);
  return `{ ${entries.join(', ')} }`;
}

/** Text that YAML would read as something else is quoted. */
function scalar(value: unknown): string {
  const text = String(value);
  return typeof value === 'string' && !/^[A-Za-z_][\w()]*$/.test(text) ? JSON.stringify(text) : text;
}
