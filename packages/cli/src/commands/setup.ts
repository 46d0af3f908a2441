import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { UserError } from '@unfold-zoo/core';
import { EXIT } from '../main.js';

interface Build {
  readonly addonPath: string;
  buildAddon(options: { readonly onStart: () => void }): Promise<string | undefined>;
}

/** The options of `unfold setup tensorflow`. */
export interface SetupOptions {
  readonly gpu?: boolean;
  readonly python?: string;
  readonly undo?: boolean;
}

/** `unfold setup <what>`. */
export async function setupCommand(what: string, options: SetupOptions): Promise<void> {
  if (what === 'tensorflow') return setUpTensorflowEngine(options);
  if (what !== 'native') throw new UserError(`unknown ${what}: expected native or tensorflow`);
  const [unused] = Object.keys(options);
  if (unused) throw new UserError(`unused --${unused}: only \`setup tensorflow\` has it`);
  await setUpNativeEngine();
}

async function setUpTensorflowEngine({ gpu = false, python, undo = false }: SetupOptions): Promise<void> {
  const { setUpTensorflow, undoTensorflow } = await import('@unfold-zoo/engines');
  if (undo) undoTensorflow(say);
  else await setUpTensorflow({ gpu, say, ...(python !== undefined && { python }) });
}

/** Compiles the native engine, where its package lies, with the compiler of this machine. */
async function setUpNativeEngine(): Promise<void> {
  const folder = dirname(fileURLToPath(import.meta.resolve('@unfold-zoo/engine-native/package.json')));
  const { addonPath, buildAddon } = (await import(pathToFileURL(join(folder, 'build.mjs')).href)) as Build;
  const problem = await buildAddon({ onStart: () => say('compiling the native engine, about half a minute ...') });
  if (problem) say(problem);
  else
    say(
      existsSync(addonPath)
        ? `the native engine is built: ${addonPath}`
        : 'the native engine could not be built; see unfold doctor',
    );
  if (!existsSync(addonPath)) process.exitCode = EXIT.failed;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
