import { join } from 'node:path';
import type { Plugin } from '@unfold-zoo/core';
import { Catalogue } from '@unfold-zoo/core/config';
import type { Command } from 'commander';
import { ROOT } from './markdown.js';

/** What the command line checks configs with: the very modules that it runs. */
interface Inside {
  readonly builtInPlugins: readonly Plugin[];
  readonly presets: () => Readonly<Record<string, string>>;
  readonly benchmarkPresets: () => Readonly<Record<string, string>>;
  readonly readRunConfig: (config: string, overrides?: readonly string[]) => Promise<unknown>;
  readonly readBenchmark: (config: string, overrides: readonly string[]) => Promise<unknown>;
  readonly commandLine: () => Command;
}

async function load<Name extends keyof Inside>(file: string, name: Name): Promise<Inside[Name]> {
  const module = (await import(join(ROOT, 'packages/cli/dist', file))) as Inside;
  return module[name];
}

export const builtInPlugins = await load('built-in.js', 'builtInPlugins');
export const presets = (await load('built-in.js', 'presets'))();
export const benchmarkPresets = (await load('built-in.js', 'benchmarkPresets'))();
export const readRunConfig = await load('session.js', 'readRunConfig');
export const readBenchmark = await load('benchmark/benchmark-config.js', 'readBenchmark');
export const commandLine = await load('main.js', 'commandLine');

/** What comes with the command line. */
export const builtIn = new Catalogue(builtInPlugins);
