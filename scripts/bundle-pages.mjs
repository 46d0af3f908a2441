// Bundles the pages of `unfold explore` to what its server sends: a script, its worker, a style and a page, which load
// nothing from elsewhere. Files that are as they were are not touched.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const explore = join(root, 'packages/explore');
const source = join(explore, 'src/page');
const target = join(explore, 'dist/page');

const { outputFiles, metafile } = await build({
  absWorkingDir: root,
  entryPoints: { app: join(source, 'app.tsx'), binning: join(source, 'distributions/binning.ts') },
  outdir: target,
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2023',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  tsconfigRaw: {},
  write: false,
  metafile: true,
  logLevel: 'warning',
});
const copied = ['index.html', 'style.css'].map((name) => ({
  path: join(target, name),
  contents: readFileSync(join(source, name)),
}));
const licences = {
  path: join(target, 'licences.txt'),
  contents: Buffer.from(licencesOf(Object.keys(metafile.inputs))),
};
mkdirSync(target, { recursive: true });
for (const { path, contents } of [...outputFiles, ...copied, licences])
  if (!existsSync(path) || !readFileSync(path).equals(contents)) writeFileSync(path, contents);

/** The licences of the packages of others that are in the bundle, which go with every copy of it. */
function licencesOf(inputs) {
  const packages = new Set(inputs.flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[0] ?? []));
  const texts = [...packages].sort().map((folder) => {
    const { name, version } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    const file = readdirSync(join(root, folder)).find((each) => /^licen[cs]e/i.test(each));
    return `${name} ${version}\n\n${readFileSync(join(root, folder, file), 'utf8')}`;
  });
  return texts.join('\n');
}
