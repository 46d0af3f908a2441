import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { rememberOwnFolder } from '@unfold-zoo/core/config';
import type { MachineDiagnosis } from '@unfold-zoo/engines';
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

/** The label of each engine, or the error that its start ends with, one after the other in one fresh process. */
async function outcomes(cwd: string, engines: readonly string[], before = ''): Promise<readonly string[]> {
  const started = engines.map((engine) => `async () => { const it = ${engine}; await it.start(); return it.label; }`);
  const { stdout } = await run(
    cwd,
    `${before}
    const all = [];
    for (const start of [${started.join()}]) all.push(await start().catch(String));
    process.stdout.write(JSON.stringify(all));`,
  );
  return JSON.parse(stdout) as string[];
}

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
  const found = 'tensorflow (2.21.0, CPU, @tensorflow/tfjs-node)';
  t.deepEqual(await outcomes(folder, ["engines.tensorflowEngine({ device: 'cpu' })", "auto(['tensorflow'])"]), [
    found,
    `${found}, chosen by auto`,
  ]);
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
  const [any, gpu, next, none] = await outcomes(folder, [
    "engines.tensorflowEngine({ device: 'auto' })",
    "engines.tensorflowEngine({ device: 'gpu' })",
    "auto(['tensorflow-gpu', 'tensorflow', 'cpu'])",
    "auto(['tensorflow'])",
  ]);
  for (const error of [any, gpu]) {
    t.regex(error!, /UserError: missing TensorFlow: .* is installed; run `unfold setup tensorflow`/);
  }
  t.is(next, 'cpu (JavaScript), chosen by auto');
  t.regex(none!, /missing engine: none of tensorflow is installed; add wasm or cpu to engine.prefer/);
});

test('a GPU is asked for in vain without one', async (t) => {
  const folder = folderWith(t, { '@tensorflow/tfjs-node-gpu': workingTensorflow });
  const error = await t.throwsAsync(run(folder, label("engines.tensorflowEngine({ device: 'gpu' })")));
  t.regex(error!.message, /invalid @tensorflow\/tfjs-node-gpu: TensorFlow sees no GPU/);
});

test('a TensorFlow that does not load is an error by itself, and for auto a reason in the label', async (t) => {
  const folder = folderWith(t, { '@tensorflow/tfjs-node': 'throw new Error("no libtensorflow.so.2");' });
  const [error, next] = await outcomes(folder, ['engines.tensorflowEngine()', "auto(['tensorflow', 'wasm', 'cpu'])"]);
  t.regex(error!, /invalid @tensorflow\/tfjs-node: it is installed, but loading it failed with: no libtensorflow/);
  t.regex(next!, /^wasm \(SIMD, 1 thread\), chosen by auto; tensorflow failed: .*no libtensorflow\.so\.2; mend it/);
});

/** A stand-in for Dawn that finds this adapter. */
function dawnWith(adapter: string): Readonly<Record<string, string>> {
  const dawn = `import 'node:fs';
    export const globals = { GPUBuffer: class { async mapAsync() {} }, GPUBufferUsage: {}, GPUMapMode: {} };
    export const create = () => ({ requestAdapter: async () => ${adapter} });`;
  return { webgpu: dawn, '@tensorflow/tfjs-backend-webgpu': 'exports.WebGPUBackend = class {};' };
}

const webgpuLabel = label("engines.webgpuEngine({ powerPreference: 'high-performance' })");

test('WebGPU without an adapter is an error that says how to get one', async (t) => {
  const error = await t.throwsAsync(run(folderWith(t, dawnWith('null')), webgpuLabel));
  t.regex(error!.message, /missing GPU: WebGPU finds no adapter; install the driver .*libvulkan1.*VK_ICD_FILENAMES/);
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

/** A package whose engine, preferred to others, starts as this says. */
function pluginThat(start: string): Readonly<Record<string, string>> {
  const [core, zod] = ['@unfold-zoo/core', 'zod'].map((name) => JSON.stringify(import.meta.resolve(name)));
  const plugin = `import { component, definePlugin, Engine, UserError } from ${core};
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
  return { 'own-engines': plugin };
}

const brokenPlugin = pluginThat('throw new UserError("missing chip: none; buy one");');

const withPlugin = `
  const { plugin } = await loadPlugin('own-engines', process.cwd());
  const both = new Catalogue([engines.default, plugin]);
`;

test('auto tries an engine of a plugin by its preference', async (t) => {
  const without = "(process.env.QUICK = 'no', auto(undefined, both))";
  const tried = ['auto(undefined, both)', "auto(['cpu', 'quick'], both)", without];
  t.deepEqual(await outcomes(folderWith(t, pluginThat('')), tried, withPlugin), [
    'quick (2 threads), chosen by auto',
    'cpu (JavaScript), chosen by auto',
    'wasm (SIMD, 1 thread), chosen by auto',
  ]);
  const broken = await outcomes(folderWith(t, brokenPlugin), ['auto(undefined, both)'], withPlugin);
  t.deepEqual(broken, ['wasm (SIMD, 1 thread), chosen by auto; quick failed: missing chip: none; buy one']);
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
  const [error] = await outcomes(folderWith(t, {}), ["auto(['wasn'])"]);
  t.regex(error!, /unknown engine.prefer: "wasn", did you mean "wasm"\? known engines: .*tensorflow, wasm, cpu/);
});

/** What the doctor finds in a folder, with the engine of the plugin there. */
async function diagnosisOf(folder: string): Promise<MachineDiagnosis> {
  const examine = `${withPlugin} process.stdout.write(JSON.stringify(await engines.doctor(both)));`;
  return JSON.parse((await run(folder, examine)).stdout) as MachineDiagnosis;
}

const finding = ({ findings }: MachineDiagnosis, topic: string) => findings.find((each) => each.topic === topic)!;

test('the doctor starts each engine, that of a plugin too, and says how to get a missing one', async (t) => {
  const healthy = await diagnosisOf(folderWith(t, pluginThat('')));
  t.is(healthy.nodeVersion, process.versions.node);
  t.true(healthy.cores >= 1 && healthy.memoryGiB > 0.1);
  t.is(finding(healthy, 'Node').status, 'found');
  t.deepEqual(
    healthy.findings.map((each) => each.topic).filter((each) => each.startsWith('engine')),
    ['tensorflow-gpu', 'webgpu', 'tensorflow', 'quick', 'wasm', 'cpu'].map((kind) => `engine ${kind}`),
  );
  t.is(finding(healthy, 'engine cpu').detail, 'cpu (JavaScript)');
  t.is(finding(healthy, 'engine wasm').detail, 'wasm (SIMD, 1 thread)');
  t.deepEqual(finding(healthy, 'engine quick'), {
    topic: 'engine quick',
    status: 'found',
    detail: 'quick (2 threads)',
  });
  t.is(finding(healthy, 'engine tensorflow').status, 'missing');
  t.regex(finding(healthy, 'engine tensorflow').advice!, /unfold setup tensorflow/);
});

test('the doctor reports engines that are broken, each with advice, and outlives their crash', async (t) => {
  const crashing = { '@tensorflow/tfjs-node': 'process.abort();' };
  const ill = await diagnosisOf(folderWith(t, { ...brokenPlugin, ...dawnWith('null'), ...crashing }));
  t.is(finding(ill, 'engine tensorflow').status, 'broken');
  t.truthy(finding(ill, 'engine tensorflow').advice);
  const [topic, status] = ['engine quick', 'broken'];
  t.deepEqual(finding(ill, topic), { topic, status, detail: 'missing chip: none', advice: 'buy one' });
  t.is(finding(ill, 'engine webgpu').detail, 'missing GPU: WebGPU finds no adapter');
  t.regex(finding(ill, 'engine webgpu').advice!, /^install the driver/);
  t.is(finding(ill, 'engine cpu').status, 'found');
});
