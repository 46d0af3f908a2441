import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { component, Denoiser, definePlugin, EventSource, Metric, NoiseSchedule, type Plugin } from '@unfold-zoo/core';
import { type Config, loadConfig } from '@unfold-zoo/core/config';
import { filePath } from '@unfold-zoo/core/files';
import type { ExecutionContext } from 'ava';
import { z } from 'zod';

/** A temporary folder with these files, gone after the test. */
export function project(t: ExecutionContext, files: Readonly<Record<string, string>>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'unfold-config-')));
  t.teardown(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** Lets the project import these packages as if they had been installed in it. */
export function install(folder: string, ...packages: readonly string[]): void {
  for (const name of packages) {
    const link = join(folder, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(dirname(fileURLToPath(import.meta.resolve(`${name}/package.json`))), link, 'dir');
  }
}

const nothing = (): never => {
  throw new Error('configs are loaded here, not run');
};

const margin = z.number().min(0).default(0.1).describe('Distance from the ends');

/** A plugin with a few components of every shape that a config can have. */
export const samplePlugin: Plugin = definePlugin({ name: '@sample/parts', version: '1.2.3' }, [
  component(NoiseSchedule, 'learned', {
    description: 'Learned',
    options: z.object({ width: z.int().min(1).describe('Hidden width'), margin }),
    create: nothing,
  }),
  component(NoiseSchedule, 'cosine', { description: 'Cosine', options: z.object({ margin }), create: nothing }),
  component(Denoiser, 'gated', {
    description: 'Gated blocks',
    options: z.object({
      blocks: z.int().min(1).max(9).default(3),
      width: z.union([z.int().multipleOf(4), z.literal('auto')]).default('auto'),
      dropout: z.number().nullable().default(0.5),
      gate: z.object({ bias: z.number().default(0) }).prefault({}),
    }),
    create: nothing,
  }),
  component(Metric, 'wasserstein', { description: 'W1', options: z.object({}), create: nothing }),
  component(Metric, 'kl', { description: 'KL', options: z.object({ bins: z.int().default(64) }), create: nothing }),
  component(EventSource, 'files', {
    description: 'Files',
    options: z.object({
      path: filePath().describe('Events'),
      more: z.array(z.object({ file: filePath().optional() })).default([]),
      byName: z.record(z.string(), filePath()).default({}),
      scaling: z.union([z.literal('fit'), filePath()]).default('fit'),
    }),
    create: nothing,
  }),
]);

/** Loads a config of a project with the sample plugin. */
export function load(folder: string, config: string, ...overrides: readonly string[]): Promise<Config> {
  const presets = { paper: pathToFileURL(join(folder, 'paper.yaml')) };
  return loadConfig({
    config: config === 'paper' ? config : join(folder, config),
    overrides,
    plugins: [{ ...samplePlugin, presets }],
  });
}

/** The lines of the UserError that loading gives, with the folder left out of the places. */
export async function problems(
  t: ExecutionContext,
  folder: string,
  config: string,
  ...overrides: readonly string[]
): Promise<readonly string[]> {
  const error = await t.throwsAsync(load(folder, config, ...overrides), { name: 'UserError' });
  return (error?.message ?? '').replaceAll(`${folder}/`, '').split('\n');
}
