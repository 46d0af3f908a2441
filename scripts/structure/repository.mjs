// What the checks of structure look at: the files of the repository, its packages and the doors that they declare.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository that is looked at: this one, or the folder given on the command line. */
export const root = resolve(process.argv[2] ?? fileURLToPath(new URL('../../', import.meta.url)));

/** Every file that git knows or would add, by its path from the root with `/`, sorted. */
export function repositoryFiles() {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1e8,
  });
  const files = new Set(listed.split('\0').filter((file) => file !== '' && existsSync(join(root, file))));
  return [...files].sort();
}

export function read(file) {
  return readFileSync(join(root, file), 'utf8');
}

/**
 * The packages among `files`: those below `packages/` and the examples.
 * Each has `folder`, `manifest` and `doors`: what it may be imported by, such as `@unfold-zoo/core/nn`, with the source
 * file behind it (undefined for what is not compiled, such as a folder of presets).
 */
export function packagesOf(files) {
  const manifests = files.filter((file) => /^(packages|examples)\/[^/]+\/package\.json$/.test(file));
  return manifests.map((file) => {
    const folder = dirname(file);
    const manifest = JSON.parse(read(file));
    return { folder, manifest, doors: doorsOf(folder, manifest, new Set(files)) };
  });
}

function doorsOf(folder, { name, exports = {} }, files) {
  return Object.entries(exports).map(([door, target]) => {
    const path = typeof target === 'string' ? target : target.default;
    return { specifier: name + door.slice(1), source: sourceOf(`${folder}/${path.slice(2)}`, files) };
  });
}

/** The file that is compiled to `path`, or `path` itself where it is not compiled; undefined if there is none. */
function sourceOf(path, files) {
  const source = path.replace(/\/dist\/(src\/)?/, '/src/').replace(/\.js$/, '.ts');
  return [source, path].find((each) => files.has(each));
}

/** The package that a file belongs to; undefined for benches, scripts and tests. */
export function packageOf(file, packages) {
  return packages.find(({ folder }) => file.startsWith(`${folder}/`));
}
