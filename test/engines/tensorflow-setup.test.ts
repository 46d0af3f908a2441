import { execFile, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { newFolder } from '../cli/unfold.js';

// Set-up that cannot succeed: it must say why, end with code 2 and leave nothing behind. That it succeeds was tried by
// hand, since it needs TensorFlow and npm's registry.

const COMMAND = join(import.meta.dirname, '../../../packages/cli/bin/unfold.js');
const PYTHON = spawnSync('python3', ['--version']).status === 0;
const linux = process.platform === 'linux' && PYTHON ? test : test.skip;

interface Setting {
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** Runs `unfold setup tensorflow` in an empty folder, with nothing to download from. */
async function setUp(
  t: ExecutionContext,
  { args = [], environment = {} }: Setting,
): Promise<{ code: number; stderr: string; left: string[] }> {
  const folder = emptyFolder(t);
  const { HTTPS_PROXY: _, https_proxy: __, TF_PYTHON: ___, ...inherited } = process.env;
  const env = { ...inherited, TFJS_NODE_BASE_URI: 'http://127.0.0.1:1/', ...environment };
  const command = [COMMAND, 'setup', 'tensorflow', ...args];
  const { code = 0, stderr } = (await promisify(execFile)(process.execPath, command, { cwd: folder, env }).catch(
    (error: { code: number; stderr: string }) => error,
  )) as { code?: number; stderr: string };
  return { code, stderr, left: readdirSync(folder) };
}

function emptyFolder(t: ExecutionContext): string {
  const folder = newFolder();
  t.teardown(() => rmSync(folder, { recursive: true }));
  return folder;
}

async function refuses(t: ExecutionContext, setting: Setting, ...reasons: readonly RegExp[]): Promise<void> {
  const { code, stderr, left } = await setUp(t, setting);
  t.is(code, 2, stderr);
  t.regex(stderr, /^missing TensorFlow: neither way of getting it works here, and nothing was changed\n/);
  for (const reason of reasons) t.regex(stderr, reason);
  t.notRegex(stderr, /^ {4}at /m);
  t.deepEqual(left, []);
}

/** A folder for PYTHONPATH with a package `tensorflow` of these files. */
function wheel(t: ExecutionContext, files: Readonly<Record<string, string>>): string {
  const folder = emptyFolder(t);
  for (const [name, text] of Object.entries({ '__init__.py': '', ...files })) {
    const file = join(folder, 'tensorflow', name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return folder;
}

const libraries = {
  'libtensorflow_cc.so.2': '',
  'libtensorflow_framework.so.2': '',
  'include/tensorflow/c/eager/c_api.h': '',
};

linux('a Python that is not there is named, beside the server that does not answer', (t) =>
  refuses(
    t,
    { args: ['--python', '/nowhere/python'] },
    /the download of @tensorflow\/tfjs-node: 127\.0\.0\.1:1 does not answer/,
    /\/nowhere\/python cannot be asked for its packages: there is no such command; `python3 -m pip install tensorflow-cpu`/,
  ),
);

linux('a TensorFlow without the library, or without headers, is refused with what would be right', async (t) => {
  const old = { environment: { PYTHONPATH: wheel(t, {}) } };
  await refuses(t, old, /of python3 has no libtensorflow_cc\.so\.2; version 2\.13 or newer has it/);
  const { 'include/tensorflow/c/eager/c_api.h': _, ...bare } = libraries;
  await refuses(t, { environment: { PYTHONPATH: wheel(t, bare) } }, /of python3 came without its headers/);
});

linux('a TensorFlow without GPU support is no use for a GPU, nor is a download older than the GPU', async (t) => {
  const build = "build_info = {'is_cuda_build': False}";
  const bin = emptyFolder(t);
  writeFileSync(join(bin, 'nvidia-smi'), '#!/bin/sh\necho "NVIDIA H100 80GB HBM3, 81559 MiB, 9.0"\n');
  chmodSync(join(bin, 'nvidia-smi'), 0o755);
  const environment = {
    PYTHONPATH: wheel(t, { ...libraries, 'python/platform/build_info.py': build }),
    PATH: [bin, process.env['PATH']].join(delimiter),
  };
  await refuses(
    t,
    { args: ['--gpu'], environment },
    /its libtensorflow 2\.9\.1 does not know NVIDIA H100 80GB HBM3 \(compute capability 9\.0\)/,
    /was built without GPU support; `python3 -m pip install 'tensorflow\[and-cuda\]'`/,
  );
});

linux('without a compiler it says so', async (t) => {
  const bin = emptyFolder(t);
  const python = spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).stdout.trim();
  const environment = { PYTHONPATH: wheel(t, libraries), PATH: bin, CXX: join(bin, 'no-compiler') };
  await refuses(t, { args: ['--python', python], environment }, /no C\+\+ compiler runs; install one/);
});

test('to undo what was never done is no mistake', async (t) => {
  const { code, stderr, left } = await setUp(t, { args: ['--undo'] });
  t.is(code, 0);
  t.regex(stderr, /^nothing to undo: there is no .*node_modules\/\.unfold\/tensorflow\n$/);
  t.deepEqual(left, []);
});
