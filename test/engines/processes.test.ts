import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { rememberOwnFolder } from '@unfold-zoo/core/config';
import type { Diagnosis } from '@unfold-zoo/engines';
import test, { type ExecutionContext } from 'ava';

const imports = `
import * as engines from ${JSON.stringify(import.meta.resolve('@unfold-zoo/engines'))};
import { Engine, Rng } from ${JSON.stringify(import.meta.resolve('@unfold-zoo/core'))};
import { Catalogue, loadPlugin } from ${JSON.stringify(import.meta.resolve('@unfold-zoo/core/config'))};
const catalogue = new Catalogue([engines.default]);
const auto = (prefer, from = catalogue) => from.assemble(Engine, { engine: { kind: 'auto', prefer } }, new Rng(0));
`;

/** A temporary folder with these packages installed, each of one file. */
function folderWith(t: ExecutionContext, packages: Readonly<Record<string, string>>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'unfold-engines-')));
  t.teardown(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(packages)) {
    const file = join(folder, 'node_modules', name, 'index.js');
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(
      join(dirname(file), 'package.json'),
      JSON.stringify({ name, main: 'index.js', type: text.startsWith('import') ? 'module' : 'commonjs' }),
    );
    writeFileSync(file, text);
  }
  return folder;
}

/** Runs code in a fresh process, which takes the packages of the folder for installed, and gives what it printed. */
async function run(cwd: string, code: string): Promise<{ stdout: string; stderr: string }> {
  return runIn(cwd, code, { NODE_PATH: join(cwd, 'node_modules') });
}

async function runIn(
  cwd: string,
  code: string,
  added: Readonly<Record<string, string>> = {},
): Promise<{ stdout: string; stderr: string }> {
  const env = { ...process.env, ...added };
  return promisify(execFile)(process.execPath, ['--input-type=module', '-e', `${imports}\n${code}`], { cwd, env });
}

const label = (engine: string) => `const engine = ${engine}; await engine.start(); process.stdout.write(engine.label);`;

const tfjsCore = dirname(fileURLToPath(import.meta.resolve('@tensorflow/tfjs-core/package.json')));

/** A stand-in for tfjs-node, which registers its backend when it is loaded. */
const workingTensorflow = `
const tf = require(${JSON.stringify(tfjsCore)});
if (process.env.TF_CPP_MIN_LOG_LEVEL !== '3') throw new Error('TensorFlow would print');
if (!require('util').isArray || !require('util').isNullOrUndefined) throw new Error('Node 23');
class Backend extends tf.KernelBackend {
  isUsingGpuDevice = false;
  binding = { TF_Version: '2.21.0' };
}
tf.registerBackend('tensorflow', () => new Backend(), 3);
`;

test('an engine starts without a word from tfjs, and importing the package does not load tfjs', async (t) => {
  const folder = folderWith(t, {});
  const code =
    `${label('engines.cpuEngine()')} (await ` +
    `import(${JSON.stringify(import.meta.resolve('@tensorflow/tfjs-core'))})).tensor1d([1]);`;
  t.deepEqual(await run(folder, code), { stdout: 'cpu (JavaScript)', stderr: '' });
  const loaded = `import { createRequire } from 'node:module';
    const { cache } = createRequire(${JSON.stringify(import.meta.url)});
    process.stdout.write(String(Object.keys(cache).some((file) => /tfjs.(dist|backend)/.test(file))));`;
  t.is((await run(folder, loaded)).stdout, 'false');
});

test('TensorFlow is found where it is installed, after the process was prepared for it', async (t) => {
  const folder = folderWith(t, { '@tensorflow/tfjs-node': workingTensorflow });
  const { stdout } = await run(folder, label("engines.tensorflowEngine({ device: 'cpu' })"));
  t.is(stdout, 'tensorflow (2.21.0, CPU, @tensorflow/tfjs-node)');
  t.is((await run(folder, label("auto(['tensorflow'])"))).stdout, `${stdout}, chosen by auto`);
});

test('nothing is loaded from the folder of a command, but what the user set up there', async (t) => {
  const name = '@tensorflow/tfjs-node';
  const start = label("engines.tensorflowEngine({ device: 'cpu' })");
  const ofOthers = folderWith(t, { [name]: workingTensorflow, webgpu: 'throw new Error("loaded");' });
  const error = await t.throwsAsync(runIn(ofOthers, start));
  t.regex(error!.message, /missing TensorFlow: .*; \S+tfjs-node\/index\.js is not used, because/);
  const webgpu = await t.throwsAsync(runIn(ofOthers, label('engines.webgpuEngine({})')));
  t.regex(webgpu!.message, /missing WebGPU: webgpu and .*; npm install .*; \S+webgpu\/index\.js is not used, because/);

  const ownFolder = 'node_modules/.unfold/tensorflow';
  const folder = folderWith(t, { [`.unfold/tensorflow/node_modules/${name}`]: workingTensorflow });
  writeFileSync(join(folder, ownFolder, 'package.json'), '{}');
  mkdirSync(join(folder, 'below'));
  const unknown = await t.throwsAsync(runIn(join(folder, 'below'), start));
  t.regex(unknown!.message, /\.unfold\/tensorflow is not used, because it is not known that you made it/);
  rememberOwnFolder(join(folder, ownFolder));
  const from = `${start} process.stdout.write(engine.details);`;
  const file = join(folder, ownFolder, 'node_modules', name, 'index.js');
  t.is((await runIn(join(folder, 'below'), from)).stdout, `tensorflow (2.21.0, CPU, ${name})from ${file}`);
});

test('an absent engine is a UserError that says how to get it, and auto goes on', async (t) => {
  const folder = folderWith(t, {});
  const missing = /UserError: missing TensorFlow: .* is installed; run `unfold setup tensorflow`/;
  for (const device of ['auto', 'gpu']) {
    const error = await t.throwsAsync(run(folder, label(`engines.tensorflowEngine({ device: '${device}' })`)));
    t.regex(error!.message, missing);
  }
  t.is(
    (await run(folder, label("auto(['tensorflow-gpu', 'tensorflow', 'cpu'])"))).stdout,
    'cpu (JavaScript), chosen by auto',
  );
  const none = await t.throwsAsync(run(folder, label("auto(['tensorflow'])")));
  t.regex(none!.message, /missing engine: none of tensorflow is installed; add wasm or cpu to engine.prefer/);
});

test('a GPU is asked for in vain without one', async (t) => {
  const folder = folderWith(t, { '@tensorflow/tfjs-node-gpu': workingTensorflow });
  const error = await t.throwsAsync(run(folder, label("engines.tensorflowEngine({ device: 'gpu' })")));
  t.regex(error!.message, /invalid @tensorflow\/tfjs-node-gpu: TensorFlow sees no GPU/);
});

test('a TensorFlow that does not load is an error by itself, and for auto a reason in the label', async (t) => {
  const folder = folderWith(t, { '@tensorflow/tfjs-node': 'throw new Error("no libtensorflow.so.2");' });
  const error = await t.throwsAsync(run(folder, label('engines.tensorflowEngine()')));
  t.regex(
    error!.message,
    /invalid @tensorflow\/tfjs-node: it is installed, but loading it failed with: no libtensorflow/,
  );
  const { stdout } = await run(folder, label("auto(['tensorflow', 'wasm', 'cpu'])"));
  t.regex(stdout, /^wasm \(SIMD, 1 thread\), chosen by auto; tensorflow failed: .*no libtensorflow\.so\.2; mend it/);
});

/** A stand-in for Dawn that finds this adapter. */
function dawnWith(adapter: string): Readonly<Record<string, string>> {
  const dawn = `import 'node:fs';
    export const globals = { GPUBuffer: class { async mapAsync() {} }, GPUBufferUsage: {}, GPUMapMode: {} };
    export const create = () => ({ requestAdapter: async () => ${adapter} });`;
  return { webgpu: dawn, '@tensorflow/tfjs-backend-webgpu': 'exports.WebGPUBackend = class {};' };
}

const webgpuLabel = label("engines.webgpuEngine({ powerPreference: 'high-performance' })");

test('WebGPU without an adapter is an error that says how to get one, and the doctor says so too', async (t) => {
  const folder = folderWith(t, dawnWith('null'));
  const error = await t.throwsAsync(run(folder, webgpuLabel));
  t.regex(error!.message, /missing GPU: WebGPU finds no adapter; install the driver .*libvulkan1.*VK_ICD_FILENAMES/);
  const { stdout } = await run(folder, 'process.stdout.write(JSON.stringify(await engines.doctor(catalogue)));');
  const finding = (JSON.parse(stdout) as Diagnosis).findings.find(({ topic }) => topic === 'engine webgpu')!;
  t.is(finding.detail, 'missing GPU: WebGPU finds no adapter');
  t.regex(finding.advice!, /^install the driver/);
});

test('an adapter that is software is nothing for auto, by what it says of itself or by its name', async (t) => {
  const names = "vendor: 'mesa', architecture: '', device: 'llvmpipe'";
  for (const info of [
    `${names}, description: ''`,
    `${names.replace('llvmpipe', 'x')}, isFallbackAdapter: true, description: ''`,
  ]) {
    const folder = folderWith(t, dawnWith(`({ info: { ${info} }, limits: {} })`));
    const { stdout } = await run(folder, label("auto(['webgpu', 'cpu'])"));
    t.is(
      stdout,
      'cpu (JavaScript), chosen by auto; webgpu failed: invalid adapter: mesa is software, and auto takes only a GPU',
    );
  }
});

test('half an installation of WebGPU is an error that names the other half', async (t) => {
  const { webgpu } = dawnWith('null');
  const error = await t.throwsAsync(run(folderWith(t, { webgpu: webgpu! }), webgpuLabel));
  t.regex(error!.message, /missing WebGPU: @tensorflow\/tfjs-backend-webgpu is not installed; npm install webgpu /);
});

test('auto tries an engine of a plugin, and the doctor examines it, by its preference', async (t) => {
  const [core, zod] = ['@unfold-zoo/core', 'zod'].map((name) => JSON.stringify(import.meta.resolve(name)));
  const plugin = (start: string) => `import { component, definePlugin, Engine, UserError } from ${core};
    import { z } from ${zod};
    const create = ({ options }) => ({
      label: 'quick (' + options.threads + ' threads)',
      preference: 250,
      isAvailable: () => process.env.QUICK !== 'no',
      async start() { ${start} },
    });
    export default definePlugin({ name: 'own-engines', version: '1.0.0' }, [
      component(Engine, 'quick', { description: '', options: z.object({ threads: z.int().default(2) }), create }),
    ]);`;
  const both = (code: string) => `
    const { plugin } = await loadPlugin('own-engines', process.cwd());
    const all = new Catalogue([engines.default, plugin]);
    ${code}`;
  const chosen = both(label('auto(undefined, all)'));
  const works = folderWith(t, { 'own-engines': plugin('') });
  t.is((await run(works, chosen)).stdout, 'quick (2 threads), chosen by auto');
  t.is((await run(works, `process.env.QUICK = 'no'; ${chosen}`)).stdout, 'wasm (SIMD, 1 thread), chosen by auto');
  t.is((await run(works, both(label("auto(['cpu', 'quick'], all)")))).stdout, 'cpu (JavaScript), chosen by auto');
  const broken = folderWith(t, { 'own-engines': plugin('throw new UserError("missing chip: none; buy one");') });
  t.is(
    (await run(broken, chosen)).stdout,
    'wasm (SIMD, 1 thread), chosen by auto; quick failed: missing chip: none; buy one',
  );

  const examine = both('process.stdout.write(JSON.stringify((await engines.doctor(all)).findings));');
  const [topic, status] = ['engine quick', 'found'];
  const findings = JSON.parse((await run(works, examine)).stdout) as Diagnosis['findings'];
  t.deepEqual(
    findings.map((each) => each.topic).filter((each) => each.startsWith('engine')),
    ['tensorflow-gpu', 'webgpu', 'tensorflow', 'quick', 'wasm', 'cpu'].map((kind) => `engine ${kind}`),
  );
  const found = (all: Diagnosis['findings']) => all.find((each) => each.topic === topic);
  t.deepEqual(found(findings), { topic, status, detail: 'quick (2 threads)' });
  const worse = JSON.parse((await run(broken, examine)).stdout) as Diagnosis['findings'];
  t.deepEqual(found(worse), { topic, status: 'broken', detail: 'missing chip: none', advice: 'buy one' });
});

test('TensorFlow takes the host arithmetic that an engine of another plugin shares', async (t) => {
  const [core, zod] = ['@unfold-zoo/core', 'zod'].map((name) => JSON.stringify(import.meta.resolve(name)));
  const plugin = `import { component, definePlugin, Engine } from ${core};
    import { z } from ${zod};
    const create = () => ({
      label: 'sharing',
      shareArithmetic: async (threads) => ({ adam: () => 'adam on ' + threads }),
      async start() {},
    });
    export default definePlugin({ name: 'own-engines', version: '1.0.0' }, [
      component(Engine, 'sharing', { description: '', options: z.object({}), create }),
    ]);`;
  const folder = folderWith(t, { '@tensorflow/tfjs-node': workingTensorflow, 'own-engines': plugin });
  const { stdout } = await run(
    folder,
    `const { plugin } = await loadPlugin('own-engines', process.cwd());
    const choices = { engine: { kind: 'tensorflow', device: 'cpu', memory: 'fast', threads: 3 } };
    const engine = new Catalogue([engines.default, plugin]).assemble(Engine, choices, new Rng(0));
    await engine.start();
    process.stdout.write(engine.hostArithmetic.adam());`,
  );
  t.is(stdout, 'adam on 3');
});

test('an engine to prefer that no plugin has is refused with the nearest', async (t) => {
  const error = await t.throwsAsync(run(folderWith(t, {}), label("auto(['wasn'])")));
  t.regex(
    error!.message,
    /unknown engine.prefer: "wasn", did you mean "wasm"\? known engines: .*tensorflow, wasm, cpu/,
  );
});

test('the doctor starts each engine, reports a broken one and says how to get a missing one', async (t) => {
  const examine = 'process.stdout.write(JSON.stringify(await engines.doctor(catalogue)));';
  const healthy = JSON.parse((await run(folderWith(t, {}), examine)).stdout) as Diagnosis;
  const status = ({ findings }: Diagnosis, topic: string) => findings.find((each) => each.topic === topic)!;
  t.is(healthy.nodeVersion, process.versions.node);
  t.true(healthy.cores >= 1 && healthy.memoryGiB > 0.1);
  t.is(status(healthy, 'Node').status, 'found');
  t.is(status(healthy, 'engine cpu').detail, 'cpu (JavaScript)');
  t.is(status(healthy, 'engine wasm').detail, 'wasm (SIMD, 1 thread)');
  t.is(status(healthy, 'engine tensorflow').status, 'missing');
  t.regex(status(healthy, 'engine tensorflow').advice!, /unfold setup tensorflow/);

  const folder = folderWith(t, { '@tensorflow/tfjs-node': 'process.abort();' });
  const broken = status(JSON.parse((await run(folder, examine)).stdout) as Diagnosis, 'engine tensorflow');
  t.is(broken.status, 'broken');
  t.truthy(broken.advice);
});
