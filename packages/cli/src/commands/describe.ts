import { type Component, isRole, UserError } from '@unfold-zoo/core';
import { alternatives, type Catalogue } from '@unfold-zoo/core/config';
import { loadedCatalogue, type PluginOptions } from '../loaded-catalogue.js';
import { componentJson, optionLines } from './list.js';

/** Options of `unfold describe`. */
export interface DescribeOptions extends PluginOptions {
  readonly json?: boolean;
}

/** `unfold describe <kind>`: the component of that name, in every role that has one. */
export async function describeCommand(kind: string, options: DescribeOptions): Promise<void> {
  const catalogue = await loadedCatalogue(options);
  const all = catalogue.roles.flatMap((role) => catalogue.components(role));
  const found = all.filter((each) => each.kind === kind);
  if (found.length === 0) {
    const kinds = [...new Set(all.map((each) => each.kind))];
    throw new UserError(`unknown kind "${kind}"${alternatives(kind, 'kinds', kinds)}`);
  }
  const text = options.json
    ? JSON.stringify(
        found.map((each) => componentJson(catalogue, each)),
        null,
        2,
      )
    : found.map((each) => describeComponent(catalogue, each)).join('\n\n');
  process.stdout.write(`${text}\n`);
}

function describeComponent(catalogue: Catalogue, component: Component): string {
  const { role, kind, description, inject } = component;
  const { name, version } = catalogue.owner(component);
  const needs = inject.map((token) => (isRole(token) ? token.key : `${token.key} (of the run)`));
  const rows = optionLines(component, '  ');
  const many = role.cardinality === 'many';
  return [
    `${role.key}: ${many ? `[{ kind: ${kind} }]` : `{ kind: ${kind} }`}`,
    `  ${description}`,
    `  from ${name} ${version}`,
    ...(needs.length > 0 ? [`  needs ${needs.join(', ')}`] : []),
    ...(rows.length > 0 ? ['', 'options: name, what it takes, default, meaning', ...rows] : ['  no options']),
  ].join('\n');
}
