import type { OptionRow } from '@unfold-zoo/core/options';
import { textTable } from '@unfold-zoo/report';
import type { KindDescription } from '@unfold-zoo/runs';

/** A kind for programs. */
export function kindJson({ role, kind, description, plugin, inject, options }: KindDescription): unknown {
  return { role, kind, description, plugin: { name: plugin.name, version: plugin.version }, inject, options };
}

/** The kinds of a role, a line each, and the options of each below it. */
export function roleText(
  role: string,
  kinds: readonly KindDescription[],
  { withOptions }: { readonly withOptions: boolean },
): string {
  const rows = kinds.map(({ kind, description, plugin: { name, version, isBuiltIn } }) => [
    kind,
    isBuiltIn ? description : `${description} (${name} ${version})`,
  ]);
  const lines = textTable(rows, { indent: '  ', leftColumns: Number.POSITIVE_INFINITY });
  return [
    role,
    ...lines.flatMap((line, i) => [line, ...(withOptions ? optionLines(kinds[i]!.options, '      ') : [])]),
  ].join('\n');
}

/** A kind with its options and what it needs, which is a role of these, or else something of the run. */
export function kindText(described: KindDescription, roles: readonly string[]): string {
  const { role, kind, description, plugin, inject, options, isOneOfMany } = described;
  const needs = inject.map((key) => (roles.includes(key) ? key : `${key} (of the run)`));
  const rows = optionLines(options, '  ');
  return [
    `${role}: ${isOneOfMany ? `[{ kind: ${kind} }]` : `{ kind: ${kind} }`}`,
    `  ${description}`,
    `  from ${plugin.name} ${plugin.version}`,
    ...(needs.length > 0 ? [`  needs ${needs.join(', ')}`] : []),
    ...(rows.length > 0 ? ['', 'options: name, what it takes, default, meaning', ...rows] : ['  no options']),
  ].join('\n');
}

/** Options as lines of text: name, type, default, description. */
function optionLines(options: readonly OptionRow[], indent: string): string[] {
  const rows = options.map((row) => [row.name, row.type, defaultText(row), row.description]);
  return textTable(rows, { indent, leftColumns: Number.POSITIVE_INFINITY });
}

function defaultText({ isRequired, default: value }: OptionRow): string {
  if (value === undefined) return isRequired ? 'required' : '-';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
