// Writes docs/reference.md from the schemas of what is loaded and from the command line itself: `npm run reference`.
// `--check` writes nothing and fails if the file is out of date.
import { readFileSync, writeFileSync } from 'node:fs';
import { COMMANDS, describeCommands } from '@unfold-zoo/cli';
import { benchmarksOf, Catalogue, configKeys, isRole, presetsOf } from '@unfold-zoo/core/config';
import { optionRows } from '@unfold-zoo/core/options';
import { benchmarkSchema, builtInPlugins } from '@unfold-zoo/runs';

const file = new URL('../docs/reference.md', import.meta.url);
const catalogue = new Catalogue(builtInPlugins);
const paragraphs = [...head(), ...runConfigs(), ...roles(), ...benchmarkKeys(), ...(await commands())];
const text = `${paragraphs.map(wrapped).join('\n\n')}\n`;
if (!process.argv.includes('--check')) writeFileSync(file, text);
else if (readFileSync(file, 'utf8') !== text) {
  console.error('out of date: docs/reference.md; write it anew with npm run reference');
  process.exitCode = 1;
}

/** A paragraph in lines of at most 120 columns; tables and headings stay as they are. */
function wrapped(paragraph) {
  if (/^[|#]/.test(paragraph)) return paragraph;
  return paragraph.split(' ').reduce((text, word) => {
    const isFull = text.length - text.lastIndexOf('\n') + word.length > 120;
    return `${text}${isFull ? '\n' : ' '}${word}`;
  });
}

function head() {
  const parts = ['Run configs', ...catalogue.roles, 'Benchmark configs', 'Commands'];
  const links = parts.map((part) => `[${part}](#${part.toLowerCase().replaceAll(' ', '-')})`);
  return [
    '# Reference',
    'Written by `npm run reference` from the schemas and the command line; do not edit.',
    links.join(' · '),
  ];
}

function runConfigs() {
  return [
    '## Run configs',
    'Beside a key for each role:',
    options(configKeys),
    `Presets: ${names(presetsOf(builtInPlugins))}.`,
  ];
}

function roles() {
  return catalogue.roles.flatMap((role) => [
    `## ${role}`,
    ...catalogue.components(role).flatMap((each) => component(role, each)),
  ]);
}

function component(role, { kind, description, inject, options: schema }) {
  const { name } = catalogue.owner(catalogue.components(role).find((each) => each.kind === kind));
  const needs = inject.filter(isRole).map(({ key }) => `\`${key}\``);
  const from = [`From \`${name}\``, ...(needs.length > 0 ? [`needs ${needs.join(', ')}`] : [])].join('; ');
  const about = `${description.replace(/\.$/, '')}. ${from}.`;
  return [`### ${role}: ${kind}`, escaped(about), options(schema)];
}

function benchmarkKeys() {
  return [
    '## Benchmark configs',
    `Benchmarks that come along: ${names(benchmarksOf(builtInPlugins))}.`,
    options(benchmarkSchema),
  ];
}

async function commands() {
  const all = await describeCommands(COMMANDS);
  return ['## Commands', ...all.flatMap(commandText)];
}

function commandText({ name, description, options }) {
  const rows = options.map((option) => [
    `\`${option.name.replaceAll('|', '\\|')}\``,
    takenBy(option),
    option.defaultText === undefined ? defaultText(option) : escaped(option.defaultText),
    escaped(option.description),
  ]);
  return [
    `### unfold ${name}`,
    `${escaped(description)}.`,
    ...(rows.length > 0 ? [table(['argument or option', 'takes', 'default', 'meaning'], rows)] : []),
  ];
}

function takenBy({ type, isSwitch, isList }) {
  if (isSwitch) return '';
  return isList ? 'text, may be repeated' : escaped(type);
}

function options(schema) {
  const rows = optionRows(schema).map((row) => [
    `\`${row.name}\``,
    escaped(row.type),
    defaultText(row),
    escaped(row.description),
  ]);
  return rows.length === 0 ? 'No options.' : table(['option', 'takes', 'default', 'meaning'], rows);
}

function defaultText({ isRequired, default: value }) {
  if (value === undefined) return isRequired ? '**required**' : '';
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

function names(files) {
  return files.names
    .toSorted()
    .map((name) => `\`${name}\``)
    .join(', ');
}

function table(heads, rows) {
  return [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

// What Markdown would take for a table's edge, a tag or emphasis.
function escaped(text) {
  return text.replaceAll(/[|<*]/g, '\\$&').replaceAll('\n', ' ');
}
