import { existsSync } from 'node:fs';
import { EXIT } from '@unfold-zoo/core/exit-codes';
import * as engines from '@unfold-zoo/engines';
import { printMessage } from './print.js';

interface Build {
  readonly addonPath: string;
  buildAddon(options: { readonly onStart: () => void }): Promise<string | undefined>;
}

/** What TensorFlow is set up for. */
export interface TensorflowFlags {
  readonly gpu: boolean;
  readonly python?: string | undefined;
  readonly undo: boolean;
}

/** Makes TensorFlow known to configs in this folder, or removes what that made. */
export async function setUpTensorflow({ gpu, python, undo }: TensorflowFlags): Promise<void> {
  if (undo) engines.undoTensorflow(say);
  else await engines.setUpTensorflow({ gpu, say, ...(python !== undefined && { python }) });
}

/** Compiles the native engine, where its package lies, with the compiler of this machine. */
export async function setUpNative(): Promise<void> {
  const { addonPath, buildAddon } = (await import(import.meta.resolve('@unfold-zoo/engine-native/build'))) as Build;
  const problem = await buildAddon({ onStart: () => say('compiling the native engine, about half a minute ...') });
  const isBuilt = existsSync(addonPath);
  if (problem) say(problem);
  else if (isBuilt) say(`the native engine is built: ${addonPath}`);
  else say('the native engine could not be built; see unfold doctor');
  if (!isBuilt) process.exitCode = EXIT.failed;
}

function say(text: string): void {
  printMessage(`${text}`);
}
