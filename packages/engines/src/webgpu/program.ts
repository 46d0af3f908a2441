import * as tf from '@tensorflow/tfjs-core';
import type { GpuBuffer, GpuDevice, GpuPipeline, WebGpuBackend } from './device.js';

/** A program of the GPU that is not tfjs's: it may have several outputs, and barriers between what it does. */
export interface Program<Input = tf.Tensor, Output = readonly number[]> {
  /** What it is known by, together with the constants and the names of inputs and outputs. */
  readonly name: string;
  /** Numbers that the program is compiled for, such as widths: constants of its text. */
  readonly constants: Readonly<Record<string, number>>;
  readonly inputs: Readonly<Record<string, Input>>;
  readonly outputs: Readonly<Record<string, Output>>;
  /** Up to four whole numbers that it is told at each call, `sizes.x` to `sizes.w`. */
  readonly sizes: readonly number[];
  /** Up to sixteen numbers that it is told at each call, four in each of `numbers[0]` to `numbers[3]`. */
  readonly numbers?: readonly number[];
  readonly groups: number;
  readonly threads: number;
  /** Its functions, with `run(group: u32, local: u32)`, which each thread of each group calls. Asked once. */
  code(): string;
}

/** Data of the backend, as a tensor has them. */
export type Data = Pick<tf.TensorInfo, 'dataId'>;

/** So many arrays has every device that the programs run on, inputs and outputs together. */
export const STORAGE_BUFFERS = 10;

/** Workgroups beyond this number are spread over a second dimension. */
const GROUPS_IN_A_ROW = 65_535;

/** Runs a program on the current backend and gives its outputs by their names. */
export function runProgram<Name extends string>(
  program: Program & { readonly outputs: Readonly<Record<Name, readonly number[]>> },
): Record<Name, tf.Tensor> {
  // Nothing of nothing: a sum over no rows is zero.
  if (Object.values(program.inputs).some(({ size }) => size === 0)) return zeros(program.outputs);
  const backend = tf.backend() as WebGpuBackend;
  const outputs = Object.entries<readonly number[]>(program.outputs).map(
    ([name, shape]) =>
      [name, tf.engine().makeTensorFromTensorInfo(backend.makeTensorInfo([...shape], 'float32'))] as const,
  );
  const made = Object.fromEntries(outputs) as Record<Name, tf.Tensor>;
  dispatch(backend, { ...program, outputs: made });
  return made;
}

function zeros<Name extends string>(outputs: Readonly<Record<Name, readonly number[]>>): Record<Name, tf.Tensor> {
  const made = Object.entries<readonly number[]>(outputs).map(([name, shape]) => [name, tf.zeros([...shape])]);
  return Object.fromEntries(made) as Record<Name, tf.Tensor>;
}

/** Has the GPU compute a program's outputs: data that the backend knows, whose buffers are made where they lack one. */
export function dispatch(backend: WebGpuBackend, program: Program<Data, Data>): void {
  const data = [...Object.values(program.inputs), ...Object.values(program.outputs)];
  const buffers = data.map(({ dataId }) => {
    backend.uploadToGPU(dataId);
    backend.commandQueueOwnedIds.add(dataId);
    return { buffer: backend.tensorMap.get(dataId).resource as GpuBuffer };
  });
  const sizes = backend.makeUniforms([{ type: 'uint32', data: fourOf(program.sizes) }]);
  const resources = [sizes, ...buffers, ...uniformsOf(backend, program.numbers)];
  const pipeline = pipelineOf(backend.device, program);
  const group = backend.device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: resources.map((resource, binding) => ({ binding, resource })),
  });
  backend.ensureCommandEncoderReady();
  backend.computePassEncoder ??= backend.commandEncoder.beginComputePass({});
  backend.computePassEncoder.setPipeline(pipeline);
  backend.computePassEncoder.setBindGroup(0, group);
  const rows = Math.ceil(program.groups / GROUPS_IN_A_ROW);
  backend.computePassEncoder.dispatchWorkgroups(Math.ceil(program.groups / rows), rows, 1);
  backend.dispatchCountInPass++;
  if (backend.dispatchCountInPass < tf.env().getNumber('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE')) return;
  backend.endComputePassEncoder();
  backend.submitQueue();
}

/** Numbers as `sourceOf` declares them; none where it declares none. */
function uniformsOf(backend: WebGpuBackend, numbers: readonly number[] = []) {
  if (numbers.length === 0) return [];
  const fours = [0, 4, 8, 12].map((first) => ({ type: 'float32', data: fourOf(numbers.slice(first)) }) as const);
  return [backend.makeUniforms(fours)];
}

function fourOf(numbers: readonly number[]): number[] {
  return [0, 1, 2, 3].map((i) => numbers[i] ?? 0);
}

const pipelines = new WeakMap<GpuDevice, Map<string, GpuPipeline>>();

function pipelineOf(device: GpuDevice, program: Program<Data, Data>): GpuPipeline {
  const known = pipelines.get(device) ?? new Map<string, GpuPipeline>();
  pipelines.set(device, known);
  const names = [...Object.keys(program.inputs), ...Object.keys(program.outputs)];
  const key = [program.name, ...names, ...Object.entries(program.constants).flat()].join(' ');
  const pipeline = known.get(key) ?? compile(device, program);
  known.set(key, pipeline);
  return pipeline;
}

function compile(device: GpuDevice, program: Program<Data, Data>): GpuPipeline {
  const module = device.createShaderModule({ code: sourceOf(program), label: program.name });
  const compute = { module, entryPoint: 'main' };
  return device.createComputePipeline({ compute, label: program.name, layout: 'auto' });
}

function sourceOf({ constants, inputs, outputs, numbers = [], threads, code }: Program<Data, Data>): string {
  const names = [...Object.keys(inputs), ...Object.keys(outputs)];
  const isWritten = (i: number): boolean => i >= Object.keys(inputs).length;
  return `${Object.entries(constants)
    .map(([name, value]) => `const ${name} = ${value}u;`)
    .join('\n')}
@group(0) @binding(0) var<uniform> sizes: vec4<u32>;
${names
  .map((name, i) => {
    const access = isWritten(i) ? 'read_write' : 'read';
    return `@group(0) @binding(${i + 1}) var<storage, ${access}> ${name}: array<f32>;`;
  })
  .join('\n')}
${numbers.length > 0 ? `@group(0) @binding(${names.length + 1}) var<uniform> numbers: array<vec4<f32>, 4>;` : ''}
${code()}
@compute @workgroup_size(${threads})
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  run(id.y * count.x + id.x, local);
}`;
}
