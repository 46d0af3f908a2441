import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { nativeTest } from './native-test.js';

const folder = dirname(createRequire(import.meta.url).resolve('@unfold-zoo/engine-native/package.json'));

/** One command of a compile database. */
interface CompileCommand {
  readonly directory: string;
  readonly file: string;
  readonly arguments: readonly string[];
}

nativeTest('the build leaves the command of each source that it compiled for editors and tools', (t) => {
  const text = readFileSync(join(folder, 'dist/native/compile_commands.json'), 'utf8');
  const commands = JSON.parse(text) as readonly CompileCommand[];
  const source = join(folder, 'native');
  const drivers = readdirSync(source).filter((name) => name.endsWith('.cc'));
  const compiled = commands.map(({ file }) => file);
  for (const name of [...drivers, 'isa/plain.cc']) t.true(compiled.includes(join(source, name)), name);
  for (const { file, arguments: words } of commands) {
    t.is(words[words.indexOf('-c') + 1], file);
    t.true(words.includes('-std=c++17'));
  }
});
