import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { UserError } from '@unfold-zoo/core';
import { EXIT } from '../main.js';

interface Build {
  readonly addonPath: string;
  buildAddon(options: { readonly onStart: () => void }): Promise<string | undefined>;
}

/** `unfold setup native`: compiles the native engine, where its package lies, with the compiler of this machine. */
export async function setupCommand(what: string): Promise<void> {
  if (what !== 'native') throw new UserError(`unknown ${what}: expected native`);
  const folder = dirname(fileURLToPath(import.meta.resolve('@unfold-zoo/engine-native/package.json')));
  const { addonPath, buildAddon } = (await import(pathToFileURL(join(folder, 'build.mjs')).href)) as Build;
  const say = (text: string) => void process.stderr.write(`${text}\n`);
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
