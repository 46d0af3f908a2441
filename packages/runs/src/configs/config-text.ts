import type { Component } from '@unfold-zoo/core';
import { type OptionRow, optionRows } from '@unfold-zoo/core/options';
import { trainingOptions } from '@unfold-zoo/core/training';
import { wrapped } from './wrapped.js';

/** The JSON Schema beside a new config. */
export const SCHEMA_FILE = 'unfold.schema.json';

const WIDTH = 120;

/** What a first training on any machine takes, instead of the paper's days. */
const FIRST_TRAINING: Readonly<Record<string, unknown>> = { batchSize: 256, steps: 3000, checkpointEvery: 500 };

/** What a new config is made of. */
export interface ConfigParts {
  readonly name: string;
  readonly parts: readonly Component[];
  readonly plugins: readonly string[];
}

/** The YAML of a config, every option in it with a comment. */
export function configText({ name, parts, plugins }: ConfigParts): string {
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
  if (type.startsWith('file')) return `${name}.h5`;
  if (type.startsWith('list')) return '[]';
  if (type.includes('number')) return '1';
  return type.split(' | ')[0]!;
}

function scalar(value: unknown): string {
  const isPlain =
    typeof value === 'string' && /^[A-Za-z][\w./-]*$/.test(value) && !/^(true|false|null|yes|no|on|off)$/i.test(value);
  return isPlain ? value : JSON.stringify(value);
}
