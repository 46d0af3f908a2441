import { type Component, UserError } from '@unfold-zoo/core';
import { alternatives, type Catalogue, type OptionRow, optionRows } from '@unfold-zoo/core/config';
import { foreignOwner, loadedCatalogue, type PluginOptions } from '../loaded-catalogue.js';
import { textTable } from '../text-table.js';

/** Options of `unfold list`. */
export interface ListOptions extends PluginOptions {
  readonly options?: boolean;
  readonly json?: boolean;
}

/** `unfold list [role]`: every component that is loaded. */
export async function listCommand(role: string | undefined, options: ListOptions): Promise<void> {
  const catalogue = await loadedCatalogue(options);
  if (role !== undefined && !catalogue.roles.includes(role)) {
    throw new UserError(`unknown role "${role}"${alternatives(role, 'roles', catalogue.roles)}`);
  }
  const roles = role === undefined ? catalogue.roles : [role];
  const text = options.json
    ? JSON.stringify(Object.fromEntries(roles.map((each) => [each, asJson(catalogue, each)])), null, 2)
    : roles.map((each) => describeRole(catalogue, each, options.options ?? false)).join('\n\n');
  process.stdout.write(`${text}\n`);
}

/** A component for programs. */
export function componentJson(catalogue: Catalogue, component: Component): Record<string, unknown> {
  const { name, version } = catalogue.owner(component);
  return {
    role: component.role.key,
    kind: component.kind,
    description: component.description,
    plugin: { name, version },
    inject: component.inject.map(({ key }) => key),
    options: optionRows(component.options),
  };
}

function asJson(catalogue: Catalogue, role: string): unknown {
  return catalogue.components(role).map((each) => componentJson(catalogue, each));
}

function describeRole(catalogue: Catalogue, role: string, withOptions: boolean): string {
  const components = catalogue.components(role);
  const rows = components.map((each) => {
    const owner = foreignOwner(catalogue, each);
    return [each.kind, owner ? `${each.description} (${owner})` : each.description];
  });
  const lines = textTable(rows, '  ');
  return [
    role,
    ...lines.flatMap((line, i) => [line, ...(withOptions ? optionLines(components[i]!, '      ') : [])]),
  ].join('\n');
}

/** The options of a component as lines of text: name, type, default, description. */
export function optionLines({ options }: Component, indent: string): string[] {
  const rows = optionRows(options).map((row) => [row.name, row.type, defaultText(row), row.description]);
  return textTable(rows, indent);
}

function defaultText({ isRequired, default: value }: OptionRow): string {
  if (value === undefined) return isRequired ? 'required' : '-';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
