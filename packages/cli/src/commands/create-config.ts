import { existsSync } from 'node:fs';
import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import {
  type Component,
  EventSource,
  GenerativeModel,
  isRole,
  type Role,
  type Token,
  UserError,
} from '@unfold-zoo/core';
import { alternatives, type Catalogue, jsonSchema, type OptionRow, optionRows } from '@unfold-zoo/core/config';
import { writeFileAtomically } from '@unfold-zoo/core/files';
import { trainingOptions } from '@unfold-zoo/core/training';
import { loadedCatalogue, type PluginOptions } from '../loaded-catalogue.js';
import { readRunConfig } from '../session.js';

/** Options of `unfold create config`: kinds by role, and what to load. */
export interface CreateConfigOptions extends PluginOptions {
  readonly part: readonly string[];
  readonly [role: string]: unknown;
}

const SCHEMA_FILE = 'unfold.schema.json';
const WIDTH = 120;

/** What a first training on any machine takes, instead of the paper's days. */
const FIRST_TRAINING: Readonly<Record<string, unknown>> = { batchSize: 256, steps: 3000, checkpointEvery: 500 };

/** Data that need no file. */
const FIRST_DATA = 'ttbar-generator';

/** `unfold create config <file>`: a config of the chosen parts and the schema that an editor checks it with. */
export async function createConfigCommand(file: string, options: CreateConfigOptions): Promise<void> {
  const path = resolve(file);
  const schemaPath = join(dirname(path), SCHEMA_FILE);
  if (!['.yaml', '.yml'].includes(extname(path)))
    throw new UserError(`invalid file ${file}: expected a name that ends in .yaml`);
  if (existsSync(path)) throw new UserError(`existing ${path}: choose another name, or remove it`);
  const catalogue = await loadedCatalogue(options);
  const parts = chosenParts(catalogue, options);
  const plugins = options.plugin.map((plugin) => seenFrom(dirname(path), plugin));
  const text = configText({ name: basename(path, extname(path)), parts, plugins });
  writeFileAtomically(schemaPath, `${JSON.stringify(jsonSchema(catalogue), null, 2)}\n`);
  writeFileAtomically(path, text);
  const next = await readRunConfig(path).then(
    () => `train it with unfold run ${file}`,
    (error: Error) => `before it runs, mend\n${error.message}`,
  );
  process.stderr.write(`wrote ${file} and ${SCHEMA_FILE}; ${next}\n`);
}

/** A plugin as the new config has to name it: paths seen from its folder. */
function seenFrom(folder: string, plugin: string): string {
  if (!existsSync(plugin)) return plugin;
  const path = relative(folder, resolve(plugin));
  return path.startsWith('.') ? path : `./${path}`;
}

/** The components that the model needs, and the data, in the order they are needed. */
function chosenParts(catalogue: Catalogue, options: CreateConfigOptions): Component[] {
  const wanted = wantedKinds(catalogue, options);
  const parts: Component[] = [];
  const visit = (role: Role<unknown>): void => {
    if (parts.some((each) => each.role.key === role.key) || role.cardinality === 'many') return;
    const part = componentOf(catalogue, role.key, wanted.get(role.key));
    parts.push(part);
    for (const token of part.inject as readonly Token<unknown>[]) if (isRole(token)) visit(token);
  };
  visit(GenerativeModel as Role<unknown>);
  visit(EventSource as Role<unknown>);
  const unused = [...wanted].filter(([role]) => !parts.some((each) => each.role.key === role));
  if (unused.length > 0) {
    throw new UserError(`unused ${unused.map(([role]) => role).join(', ')}: model "${parts[0]!.kind}" does not use it`);
  }
  return parts;
}

function wantedKinds(catalogue: Catalogue, options: CreateConfigOptions): Map<string, string> {
  const wanted = new Map([[EventSource.key, FIRST_DATA]]);
  for (const role of catalogue.roles) {
    const kind = options[role];
    if (typeof kind === 'string') wanted.set(role, kind);
  }
  for (const part of options.part) {
    const [role = '', kind = ''] = part.split('=');
    if (role === '' || kind === '') throw new UserError(`invalid --part ${part}: expected role=kind`);
    wanted.set(role, kind);
  }
  return wanted;
}

function componentOf(catalogue: Catalogue, role: string, kind: string | undefined): Component {
  const components = catalogue.components(role);
  const found = kind === undefined ? components[0] : components.find((each) => each.kind === kind);
  if (found) return found;
  const kinds = components.map((each) => each.kind);
  throw new UserError(`unknown ${role} "${kind ?? ''}"${alternatives(kind ?? '', 'kinds', kinds)}`);
}

interface ConfigParts {
  readonly name: string;
  readonly parts: readonly Component[];
  readonly plugins: readonly string[];
}

function configText({ name, parts, plugins }: ConfigParts): string {
  const training = optionRows(trainingOptions).map((row) =>
    row.name in FIRST_TRAINING ? { ...row, default: FIRST_TRAINING[row.name] } : row,
  );
  const sections = [
    [`# yaml-language-server: $schema=./${SCHEMA_FILE}`, `name: ${scalar(name)}`],
    ...(plugins.length > 0 ? [[`plugins: ${JSON.stringify(plugins)}`]] : []),
    ...parts.map(partLines),
    ['# How the model is trained', 'training:', ...optionYaml(training)],
  ];
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function partLines({ role, kind, description, options }: Component): string[] {
  return [`# ${description}`, `${role.key}:`, `  kind: ${kind}`, ...optionYaml(optionRows(options))];
}

/** One line an option, its description behind it or above it; maps around nested ones. */
function optionYaml(rows: readonly OptionRow[]): string[] {
  let open: readonly string[] = [];
  return rows.flatMap((row) => {
    const path = row.name.split('.');
    const above = path.slice(0, -1);
    const shared = above.findIndex((key, i) => open[i] !== key);
    const fresh = shared < 0 ? [] : above.slice(shared);
    const headings = fresh.map((key, i) => `${indentOf(above.length - fresh.length + i)}${key}:`);
    open = above;
    return [...headings, ...optionLine(row, path.at(-1)!, indentOf(above.length))];
  });
}

function indentOf(depth: number): string {
  return '  '.repeat(depth + 1);
}

function optionLine(row: OptionRow, key: string, indent: string): string[] {
  const isSet = row.default !== undefined || row.isRequired;
  const value = row.default === undefined ? placeholder(row) : scalar(row.default);
  const line = isSet ? `${indent}${key}: ${value}` : `${indent}# ${key}: (${row.type})`;
  const note = [row.isRequired && row.default === undefined ? 'REQUIRED' : '', row.description]
    .filter(Boolean)
    .join(': ');
  if (note === '') return [line];
  if (line.length + note.length + 3 <= WIDTH) return [`${line} # ${note}`];
  return [...wrapped(note, WIDTH - indent.length - 2).map((each) => `${indent}# ${each}`), line];
}

/** Something of the right type for an option that must be set. */
function placeholder({ name, type }: OptionRow): string {
  if (type === 'file') return `${name}.h5`;
  if (type.startsWith('list')) return '[]';
  if (type.includes('number')) return '1';
  return type.split(' | ')[0]!;
}

function scalar(value: unknown): string {
  const isPlain =
    typeof value === 'string' && /^[A-Za-z][\w./-]*$/.test(value) && !/^(true|false|null|yes|no|on|off)$/i.test(value);
  return isPlain ? value : JSON.stringify(value);
}

function wrapped(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.replaceAll('\n', ' ').split(' ')) {
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (longer.length <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
