// Writes the public API of every package, a file for each of its doors, to test/api: `npm run api`.
// Read from what is compiled, so build first. `--check` writes nothing, and fails if anything has changed or has no
// comment that says what it is.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { changesOf } from './api/changes.mjs';
import { exportsOf } from './api/declarations.mjs';
import { sortMembers } from './api/sort-members.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const folder = join(root, 'test/api');
const doors = readdirSync(join(root, 'packages')).sort().flatMap(doorsOf);
const exported = exportsOf(doors.map(({ types }) => types));
const snapshots = snapshotsOf();
if (process.argv.includes('--check')) check();
else write();

/** The doors of a package that have types. */
function doorsOf(name) {
  const manifest = join(root, 'packages', name, 'package.json');
  if (!existsSync(manifest)) return [];
  return Object.entries(JSON.parse(readFileSync(manifest, 'utf8')).exports ?? {})
    .filter(([, target]) => target.types !== undefined)
    .map(([door, target]) => ({
      specifier: `@unfold-zoo/${name}${door.slice(1)}`,
      file: `${[name, ...door.split('/').slice(1)].join('-')}.api.txt`,
      types: join(dirname(manifest), target.types),
    }));
}

/** The text of each snapshot by its file's name. */
function snapshotsOf() {
  const texts = exported.map((names) => names.map(([name, text]) => `// ## ${name}\n${text}\n`).join('\n'));
  const written = sortMembers(formatted(texts.join('\n// # door\n'))).split('// # door\n');
  return new Map(doors.map(({ specifier, file }, i) => [file, `# ${specifier}\n\n${entries(written[i])}\n`]));
}

function entries(text) {
  return text
    .replaceAll(/^\/\/ (?=## )/gm, '')
    .replaceAll(/^export (declare )?(?!\{|\*)/gm, '')
    .trim();
}

/** All of it at once: starting Biome takes longer than its work. */
function formatted(text) {
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
  const args = [biome, 'format', '--stdin-file-path=api.d.ts'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: root,
    input: text,
    encoding: 'utf8',
    maxBuffer: 1e8,
  });
  if (status !== 0) throw new Error(`invalid declarations: ${stderr}`);
  return stdout;
}

function write() {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [file, text] of snapshots) writeFileSync(join(folder, file), text);
}

function check() {
  const kept = existsSync(folder) ? readdirSync(folder) : [];
  const differing = [...new Set([...kept, ...snapshots.keys()])]
    .sort()
    .filter((file) => read(file) !== snapshots.get(file));
  for (const file of differing) {
    const lines = changesOf(read(file) ?? '', snapshots.get(file) ?? '');
    console.error(
      [`out of date: test/api/${file}; if that is meant, write it anew with npm run api`, ...lines].join('\n'),
    );
  }
  const bare = doors.flatMap(({ specifier }, i) =>
    exported[i].filter(([, , isDocumented]) => !isDocumented).map(([name]) => `${name} of ${specifier}`),
  );
  for (const name of bare) console.error(`missing comment: nothing says what ${name} is`);
  if (differing.length + bare.length > 0) process.exitCode = 1;
}

function read(file) {
  const path = join(folder, file);
  return existsSync(path) ? readFileSync(path, 'utf8').replaceAll('\r\n', '\n') : undefined;
}
