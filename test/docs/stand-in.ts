import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as core from '@unfold-zoo/core';
import { isRole, parseYaml, plainValue } from '@unfold-zoo/core/config';
import { builtIn } from './configs.js';

type Written = Readonly<Record<string, unknown>>;

/**
 * Writes the plugins that a config lists and nobody has, beneath `folder`: they offer the kinds that the config chooses
 * and the built-in plugins lack, with the options that it sets. Everything else of the config is then checked.
 */
export function writeStandIns(text: string, folder: string): void {
  const config = plainValue(parseYaml(text, () => ({ place: '', folder }))) as Written;
  const plugins = (config['plugins'] ?? []) as readonly string[];
  const components = plugins.length === 0 ? [] : missingComponents(config);
  for (const [i, plugin] of plugins.entries()) {
    const isPath = plugin.startsWith('.');
    const file = isPath ? join(folder, plugin) : join(folder, 'node_modules', plugin, 'index.js');
    if (existsSync(file)) continue;
    mkdirSync(dirname(file), { recursive: true });
    if (!isPath) {
      const manifest = { name: plugin, version: '0.0.0', type: 'module', exports: './index.js' };
      writeFileSync(join(dirname(file), 'package.json'), JSON.stringify(manifest));
    }
    writeFileSync(file, moduleText(plugin, i === 0 ? components : []));
  }
}

/** Whether the model of a config is such a stand-in: nobody knows which parts it uses. */
export function standsInForModel(text: string): boolean {
  const config = plainValue(parseYaml(text, () => ({ place: '', folder: '.' }))) as Written;
  return config['plugins'] !== undefined && missingComponents(config).some(({ role }) => role === 'model');
}

interface StandIn {
  readonly role: string;
  readonly kind: string;
  readonly options: readonly string[];
}

function missingComponents(config: Written): StandIn[] {
  return builtIn.roles.flatMap((role) => {
    const chosen = [config[role] ?? []].flat() as unknown as readonly Written[];
    return chosen.flatMap(({ kind, ...options }) => {
      const isKnown = builtIn.components(role).some((each) => each.kind === kind);
      return kind === undefined || isKnown ? [] : [{ role, kind: String(kind), options: Object.keys(options) }];
    });
  });
}

/** The name under which the core exports a role. */
function exportOf(role: string): string {
  return Object.entries(core).find(
    ([, value]) =>
      typeof value === 'object' && value !== null && 'key' in value && isRole(value as never) && value.key === role,
  )![0];
}

function moduleText(name: string, components: readonly StandIn[]): string {
  const from = (specifier: string): string => JSON.stringify(import.meta.resolve(specifier));
  const lines = components.map(({ role, kind, options }) => {
    const shape = options.map((option) => `${JSON.stringify(option)}: z.any()`).join(', ');
    const spec = `{ description: '', options: z.object({ ${shape} }), create() {} }`;
    return `core.component(core.${exportOf(role)}, ${JSON.stringify(kind)}, ${spec})`;
  });
  return [
    `import * as core from ${from('@unfold-zoo/core')};`,
    `import { z } from ${from('zod')};`,
    `export default core.definePlugin({ name: ${JSON.stringify(name)}, version: '0.0.0' }, [${lines.join(', ')}]);`,
  ].join('\n');
}
