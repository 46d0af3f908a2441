import * as tf from '@tensorflow/tfjs-core';
import { component, Engine, UserError } from '@unfold-zoo/core';
import { installationFolder } from '@unfold-zoo/core/files';
import { z } from 'zod';
import { fusedBlocks, registerBlocks } from './blocks/blocks.js';
import { findPackage, ignoredPackage, importInstalled } from './find-package.js';
import { tfjsEngine, useBackend } from './tfjs-engine.js';
import { gpuBlocks } from './webgpu/blocks.js';
import type { BackendPackage, DawnGpu, DawnPackage, GpuAdapter } from './webgpu/device.js';
import { STORAGE_BUFFERS } from './webgpu/program.js';
import { installGlobals, requestDevice, webGpuBackend } from './webgpu-backend.js';

const dawnName = 'webgpu';
const backendName = '@tensorflow/tfjs-backend-webgpu';

const options = z.object({
  powerPreference: z
    .enum(['high-performance', 'low-power'])
    .default('high-performance')
    .describe('Which of several GPUs to take'),
  adapter: z
    .string()
    .min(1)
    .optional()
    .describe('Part of the name of the GPU to take, as its driver writes it, e.g. NVIDIA; absent: by powerPreference'),
});

/** Which GPU to compute on. */
export type WebGpuOptions = Readonly<z.output<typeof options>>;

/** Those of the two packages of WebGPU that are not installed. */
function missingWebGpuPackages(): readonly string[] {
  return [dawnName, backendName].filter((name) => findPackage(name) === undefined);
}

// After the native engine: no GPU has shown yet that it is faster.
const selection = { preference: 400, isAvailable: () => missingWebGpuPackages().length === 0 };

/**
 * Any GPU with a Vulkan, Metal or Direct3D 12 driver, through Dawn's WebGPU for Node. Started for hardware only, it
 * refuses an adapter that is software, such as SwiftShader or llvmpipe.
 * @throws UserError, when started, for packages that are missing, no adapter, and a name that none has.
 */
export function webgpuEngine(chosen: WebGpuOptions): Engine {
  return tfjsEngine('webgpu', selection, async ({ hardwareOnly = false }) => {
    const dawn = (await load(dawnName)) as unknown as DawnPackage;
    const backend = (await load(backendName)) as unknown as BackendPackage;
    installGlobals(dawn);
    const { gpu, adapter } = await requestAdapter(dawn, chosen);
    if (hardwareOnly && isSoftware(adapter)) {
      throw new UserError(`invalid adapter: ${nameOf(adapter)} is software, and auto takes only a GPU`);
    }
    const device = await requestDevice(adapter, limitsOf(adapter));
    if (tf.findBackend('webgpu')) tf.removeBackend('webgpu');
    tf.registerBackend('webgpu', () => webGpuBackend(backend, dawn, { device, adapter, gpu }));
    registerBlocks(
      'webgpu',
      adapter.limits['maxStorageBuffersPerShaderStage']! < STORAGE_BUFFERS ? fusedBlocks : gpuBlocks,
    );
    await useBackend('webgpu');
    return { label: labelOf(adapter), details: `from ${findPackage(dawnName)}` };
  });
}

async function load(name: string): Promise<unknown> {
  const file = findPackage(name);
  if (!file) throw new UserError(`missing WebGPU: ${howToInstallWebGpu()}`);
  const loaded = await importInstalled(name, file);
  // A CommonJS module is the default export of itself.
  return loaded.default ?? loaded;
}

/** What to do when a package is absent. */
function howToInstallWebGpu(): string {
  const missing = missingWebGpuPackages();
  const verb = missing.length > 1 ? 'are' : 'is';
  const advice =
    `npm install ${dawnName} ${backendName} in ${installationFolder()}, where this program is, or ` +
    'choose engine.kind auto';
  return [`${missing.join(' and ')} ${verb} not installed`, advice, ignoredPackage(missing)].filter(Boolean).join('; ');
}

const HOW_TO_GET_AN_ADAPTER =
  'install the driver of the GPU with its Vulkan part and the loader (libvulkan1); VK_ICD_FILENAMES names the ' +
  'file of a driver in an unusual place; `vulkaninfo --summary` shows what Vulkan sees';

async function requestAdapter(
  dawn: DawnPackage,
  { adapter: name, powerPreference }: WebGpuOptions,
): Promise<{ gpu: DawnGpu; adapter: GpuAdapter }> {
  const gpu = dawn.create(name === undefined ? [] : [`adapter=${name}`]);
  const adapter = await gpu.requestAdapter({ powerPreference }).catch((error: Error) => {
    const [, available = ''] = error.message.split('Available adapters:');
    const names = [...available.matchAll(/name: '([^']*)'/g)].map((match) => match[1]);
    throw new UserError(`unknown engine.adapter "${name}": no name has that in it; there is ${names.join(', ')}`);
  });
  if (!adapter) throw new UserError(`missing GPU: WebGPU finds no adapter; ${HOW_TO_GET_AN_ADAPTER}`);
  return { gpu, adapter };
}

/** Beyond what every device has; the backend's kernels adapt to them. */
const LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
  'maxComputeWorkgroupSizeX',
  'maxComputeInvocationsPerWorkgroup',
] as const;

function limitsOf({ limits }: GpuAdapter): Record<string, number> {
  return Object.fromEntries(LIMITS.map((name) => [name, limits[name]!]));
}

/** Names of drivers that compute on the processor. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|basic render/i;

function isSoftware(adapter: GpuAdapter): boolean {
  const { device, description, architecture, isFallbackAdapter } = adapter.info;
  return isFallbackAdapter === true || SOFTWARE.test(`${device} ${description} ${architecture}`);
}

function nameOf({ info }: GpuAdapter): string {
  const { vendor, architecture, description } = info;
  return (
    [`${vendor} ${architecture}`.trim(), description].filter((part) => part !== '').join(', ') || 'unnamed adapter'
  );
}

function labelOf(adapter: GpuAdapter): string {
  const gib = (
    Math.min(adapter.limits['maxBufferSize']!, adapter.limits['maxStorageBufferBindingSize']!) /
    2 ** 30
  ).toFixed(1);
  return `webgpu (${nameOf(adapter)}, tensors up to ${gib} GiB${isSoftware(adapter) ? ', software' : ''})`;
}

export const webgpu = component(Engine, 'webgpu', {
  description: 'Any GPU with a Vulkan, Metal or Direct3D 12 driver, when webgpu and tfjs-backend-webgpu are installed',
  options,
  create: (context) => webgpuEngine(context.options),
});
