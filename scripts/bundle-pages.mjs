// Bundles the pages of `unfold explore` to what its server sends: a script, its worker, a style and a page, which load
// nothing from elsewhere. Files that are as they were are not touched.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const explore = join(root, 'packages/explore');
const source = join(explore, 'src/page');
const target = join(explore, 'dist/page');

const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: { app: join(source, 'app.tsx'), binning: join(source, 'distributions/binning.ts') },
  outdir: target,
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2023',
  // The licence of what is bundled stands at the end of the file.
  legalComments: 'eof',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  tsconfigRaw: {},
  write: false,
  logLevel: 'warning',
});
const copied = ['index.html', 'style.css'].map((name) => ({
  path: join(target, name),
  contents: readFileSync(join(source, name)),
}));
mkdirSync(target, { recursive: true });
for (const { path, contents } of [...outputFiles, ...copied])
  if (!existsSync(path) || !readFileSync(path).equals(contents)) writeFileSync(path, contents);
