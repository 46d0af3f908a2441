// Writes docs/reference.md from the schemas of what is loaded and from the command line itself: `npm run reference`.
// `--check` writes nothing and fails if the file is out of date.
import { readFileSync, writeFileSync } from 'node:fs';
import { isRole } from '@unfold-zoo/core';
import { Catalogue, configKeys, optionRows } from '@unfold-zoo/core/config';
import { benchmarkSchema } from '../packages/cli/dist/benchmark/benchmark-config.js';
import { benchmarkPresets, builtInPlugins, presets } from '../packages/cli/dist/built-in.js';
import { commandLine } from '../packages/cli/dist/main.js';

const file = new URL('../docs/reference.md', import.meta.url);
const catalogue = new Catalogue(builtInPlugins);
const text = `${[head(), ...runConfigs(), ...roles(), ...benchmarkKeys(), ...commands()].join('\n\n')}\n`;
if (!process.argv.includes('--check')) writeFileSync(file, text);
else if (readFileSync(file, 'utf8') !== text) {
  console.error('out of date: docs/reference.md; write it anew with npm run reference');
  process.exitCode = 1;
}

function head() {
  return [
    '# Reference',
    '',
    'Written by `npm run reference` from the schemas and the command line; do not edit.',
    '',
    `[Run configs](#run-configs) · ${catalogue.roles.map((role) => `[${role}](#${role.toLowerCase()})`).join(' · ')} ·`,
    '[Benchmark configs](#benchmark-configs) · [Commands](#commands)',
  ].join('\n');
}

function runConfigs() {
  return ['## Run configs', 'Beside a key for each role:', options(configKeys), `Presets: ${names(presets())}.`];
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
  const about = `${description.replace(/\.$/, '')}. From \`${name}\`${needs.length > 0 ? `; needs ${needs.join(', ')}` : ''}.`;
  return [`### ${role}: ${kind}`, escaped(about), options(schema)];
}

function benchmarkKeys() {
  return [
    '## Benchmark configs',
    `Benchmarks that come along: ${names(benchmarkPresets())}.`,
    options(benchmarkSchema),
  ];
}

function commands() {
  const all = leaves(commandLine(), 'unfold');
  return ['## Commands', ...all.flatMap(([name, command]) => commandText(name, command))];
}

function leaves(command, name) {
  if (command.commands.length === 0) return [[name, command]];
  return command.commands.flatMap((each) => leaves(each, `${name} ${each.name()}`));
}

function commandText(name, command) {
  const help = command.createHelp();
  const args = help.visibleArguments(command).map((each) => [help.argumentTerm(each), help.argumentDescription(each)]);
  const flags = help
    .visibleOptions(command)
    .filter(({ long }) => long !== '--help')
    .map((each) => [help.optionTerm(each), help.optionDescription(each)]);
  const rows = [...args, ...flags].map(([term, meaning]) => [`\`${term}\``, escaped(meaning)]);
  return [
    `### ${name}`,
    `${escaped(command.description())}.`,
    ...(rows.length > 0 ? [table(['argument or option', 'meaning'], rows)] : []),
  ];
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
  return Object.keys(files)
    .sort()
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
