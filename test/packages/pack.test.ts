import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';

// Compiled tests lie in test/dist/packages.
const root = fileURLToPath(new URL('../../../', import.meta.url));

interface Packed {
  readonly name: string;
  readonly files: readonly { readonly path: string }[];
}

interface Manifest {
  readonly description: string;
  readonly license: string;
  readonly files: readonly string[];
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
  readonly bin?: Readonly<Record<string, string>>;
}

const { stdout, stderr } = spawnSync('npm', ['pack', '--workspaces', '--dry-run', '--json', '--ignore-scripts'], {
  cwd: root,
  encoding: 'utf8',
  maxBuffer: 1e8,
  shell: process.platform === 'win32',
});

/** Besides what packages list under `files`, npm always packs these. */
const ALWAYS = ['package.json', 'README.md', 'LICENSE'];

/** What a compiled package consists of: no source maps, build states, tests or addons of this machine. */
const COMPILED = /^dist\/.+\.(js|d\.ts)$/;

for (const { name, files } of JSON.parse(
  stdout || `[{ "name": ${JSON.stringify(stderr)}, "files": [] }]`,
) as Packed[]) {
  const folder = join(root, 'packages', name.replace('@unfold-zoo/', ''));
  const paths = files.map(({ path }) => path);
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

  test(`${name} packs everything that its package.json promises`, (t) => {
    const promised = Object.values(manifest.exports).flatMap((entry) =>
      typeof entry === 'string' ? [entry] : [entry.types, entry.default],
    );
    const wanted = [...promised, ...Object.values(manifest.bin ?? {})].map((path) => path.replace(/^\.\//, ''));
    for (const path of [...ALWAYS, ...wanted]) {
      const [before, after] = path.split('*') as [string, string?];
      const isPacked = paths.some((each) => each.startsWith(before) && each.endsWith(after ?? before));
      t.true(isPacked, `${path} is missing`);
    }
    t.truthy(manifest.description);
    t.is(manifest.license, 'MIT');
  });

  test(`${name} packs nothing else`, (t) => {
    const listed = manifest.files.filter((each) => !each.startsWith('!') && each !== 'dist');
    const isWanted = (path: string) =>
      ALWAYS.includes(path) ||
      COMPILED.test(path) ||
      listed.some((each) => path === each || path.startsWith(`${each}/`));
    t.deepEqual(
      paths.filter((path) => !isWanted(path)),
      [],
    );
  });
}
