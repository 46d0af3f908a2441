// Packs what prove.sh needs for a Linux machine (x64) without a network: node bench/gpu/pack.mjs [archive.tar.gz]
// This process's Node, the built packages with those that they depend on, Dawn for Linux and tfjs's WebGPU backend, and
// these benches. There: tar xzf archive.tar.gz && sh unfold-gpu/bench/gpu/prove.sh
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const archive = resolve(process.argv[2] ?? 'unfold-gpu.tar.gz');
const EXTRA = ['webgpu@0.6.2', '@tensorflow/tfjs-backend-webgpu@4.22.0'];
const MOST_BYTES = 64e6;

const work = mkdtempSync(join(tmpdir(), 'unfold-gpu-'));
try {
  const folder = join(work, 'unfold-gpu');
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  for (const name of dependenciesOf(['@unfold-zoo/cli', '@tensorflow/tfjs'])) {
    copy(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  }
  for (const each of EXTRA) unpack(each, folder);
  for (const name of ['gpu', 'peers', 'shared']) copy(join(root, 'bench', name), join(folder, 'bench', name));
  cpSync(process.execPath, join(folder, 'node'), { dereference: true });
  execFileSync('strip', [join(folder, 'node')], { stdio: 'ignore' });
  execFileSync('tar', ['--use-compress-program', 'gzip -9', '-cf', archive, 'unfold-gpu'], { cwd: work });
} finally {
  rmSync(work, { recursive: true, force: true });
}
const { size } = statSync(archive);
console.log(`${archive}: ${(size / 1e6).toFixed(1)} MB`);
if (size > MOST_BYTES) throw new Error(`too large: expected at most ${MOST_BYTES / 1e6} MB`);

/** The packages by these names and all that they depend on, where they are installed at the top. */
function dependenciesOf(names) {
  const found = new Set();
  const waiting = [...names];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const file = join(root, 'node_modules', name, 'package.json');
    if (found.has(name) || !existsSync(file)) continue;
    found.add(name);
    const { dependencies, optionalDependencies } = JSON.parse(readFileSync(file, 'utf8'));
    waiting.push(...Object.keys({ ...dependencies, ...optionalDependencies }));
  }
  return found;
}

function copy(from, to) {
  cpSync(from, to, { recursive: true, dereference: true, filter: isNeeded });
}

/** Leaves out sources, maps, types, builds for browsers and other systems, pages, pictures and trained models. */
function isNeeded(path) {
  if (lstatSync(path).isDirectory()) return !isLeftOut(`${path}${sep}`);
  return (
    !/\.(map|md|html|cc|h|tsbuildinfo|d\.ts|d\.cts|d\.mts)$|\.(min|es2017|fesm)\.js$/.test(path) && !isLeftOut(path)
  );
}

function isLeftOut(path) {
  return (
    /\/@unfold-zoo\/[^/]+\/(src|native)\//.test(path) ||
    /\/@tensorflow\/[^/]+\/(src|wasm-out|dist\/miniprogram)\//.test(path) ||
    /\/@tensorflow\/.*\/dist\/tf-?[a-z-]*\.js$/.test(path) ||
    /\/dist\/(darwin|win32|linux-arm64|iife)[^/]*\//.test(path) ||
    /\/(explore\/dist\/page|core-js|@types|@resvg|pretrained\/models|dejavu-fonts-ttf)\//.test(path)
  );
}

function unpack(spec, folder) {
  const name = spec.slice(0, spec.lastIndexOf('@'));
  const tarball = execFileSync('npm', ['pack', '--silent', '--prefer-offline', spec], { cwd: work, encoding: 'utf8' });
  execFileSync('tar', ['xzf', tarball.trim()], { cwd: work });
  copy(join(work, 'package'), join(folder, 'node_modules', name));
  rmSync(join(work, 'package'), { recursive: true });
}
