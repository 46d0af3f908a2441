// Bundles the pages of `unfold explore` to what its server sends: a script, its worker, a style and a page, which load
// nothing from elsewhere; and to what `unfold explore --export` puts into one file, which draws by itself. Files that
// are as they were are not touched.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { builtinModules, createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const explore = join(root, 'packages/explore');
const source = join(explore, 'src/page');
const target = join(explore, 'dist/page');

const common = {
  absWorkingDir: root,
  outdir: target,
  bundle: true,
  minify: true,
  platform: 'browser',
  target: 'es2023',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  tsconfigRaw: {},
  write: false,
  metafile: true,
  logLevel: 'warning',
};

/**
 * Modules of the zoo do nothing but declare, so that those of which nothing is used are left out; what only runs in
 * Node is among them. Of tfjs nothing is used: a page computes the graph of a model, and no tensors.
 */
const withoutUnused = {
  name: 'without-unused',
  setup({ onLoad, onResolve, resolve }) {
    onResolve({ filter: /./ }, async ({ path, pluginData, ...about }) => {
      if (pluginData === withoutUnused || about.kind === 'entry-point') return undefined;
      if (path.startsWith('node:') || builtinModules.includes(path))
        return { path, external: true, sideEffects: false };
      if (path.startsWith('@tensorflow/')) return { path, namespace: 'nothing', sideEffects: false };
      const { kind, resolveDir, importer } = about;
      return {
        ...(await resolve(path, { kind, resolveDir, importer, pluginData: withoutUnused })),
        sideEffects: false,
      };
    });
    onLoad({ filter: /./, namespace: 'nothing' }, () => ({ contents: 'module.exports = {};' }));
  },
};
const ofExported = {
  ...common,
  alias: { 'onnxruntime-web': 'onnxruntime-web/wasm' },
  plugins: [withoutUnused],
  logOverride: { 'empty-import-meta': 'silent', 'ignored-bare-import': 'silent', 'import-is-undefined': 'silent' },
};

const bundles = await Promise.all([
  build({
    ...common,
    format: 'iife',
    entryPoints: { app: join(source, 'main.tsx'), binning: join(source, 'distributions/binning.ts') },
  }),
  build({ ...ofExported, format: 'esm', entryPoints: { 'exported-app': join(source, 'exported/main.tsx') } }),
  build({ ...ofExported, format: 'iife', entryPoints: { 'draw-worker': join(source, 'exported/draw-worker.ts') } }),
]);
for (const { metafile } of bundles) checkNothingFromElsewhere(metafile);

const copied = ['index.html', 'style.css'].map((name) => ({
  path: join(target, name),
  contents: readFileSync(join(source, name)),
}));
const inputs = bundles.flatMap(({ metafile }) => Object.values(metafile.outputs).flatMap(usedInputs));
const licences = { path: join(target, 'licences.txt'), contents: Buffer.from(licencesOf(inputs)) };
mkdirSync(target, { recursive: true });
for (const { path, contents } of [...bundles.flatMap(({ outputFiles }) => outputFiles), ...copied, licences])
  if (!existsSync(path) || !readFileSync(path).equals(contents)) writeFileSync(path, contents);
packRuntime();

function checkNothingFromElsewhere({ outputs }) {
  const imported = Object.values(outputs).flatMap(({ imports }) => imports.map(({ path }) => path));
  if (imported.length > 0) throw new Error(`a page would load ${imported.join(', ')}, which no browser has`);
}

function usedInputs({ inputs }) {
  return Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : []));
}

/** What computes ONNX graphs in an exported page; packed once, since it is large. */
function packRuntime() {
  const folder = dirname(createRequire(join(explore, 'package.json')).resolve('onnxruntime-web'));
  const { version } = JSON.parse(readFileSync(join(folder, '../package.json'), 'utf8'));
  const mark = join(target, 'runtime.version');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === version) return;
  for (const [from, to] of [
    ['ort-wasm-simd-threaded.mjs', 'runtime-script'],
    ['ort-wasm-simd-threaded.wasm', 'runtime-wasm'],
  ])
    writeFileSync(join(target, `${to}.gz`), gzipSync(readFileSync(join(folder, from)), { level: 9 }));
  writeFileSync(mark, version);
}

/** The licences of the packages of others that are in the bundle, which go with every copy of it. */
function licencesOf(inputs) {
  const packages = new Set(inputs.flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[0] ?? []));
  const texts = [...packages].sort().map((folder) => {
    const { name, version } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    const file = readdirSync(join(root, folder)).find((each) => /^licen[cs]e/i.test(each));
    return `${name} ${version}\n\n${file ? readFileSync(join(root, folder, file), 'utf8') : mitLicence(name)}`;
  });
  return texts.join('\n');
}

/** The licence of a package that says in its code alone that it is under the MIT licence, and whose it is. */
function mitLicence(name) {
  const holder = { 'onnxruntime-web': 'Microsoft Corporation' }[name];
  if (holder === undefined) throw new Error(`missing licence of ${name}: say here whose it is`);
  return readFileSync(join(root, 'LICENSE'), 'utf8').replace(/^Copyright.*$/m, `Copyright (c) ${holder}`);
}
