import { type ComputeGraph, drawExported, type ExportedDraws, type ExportedModel } from '@unfold-zoo/explore/exported';
import type { PosteriorView } from '@unfold-zoo/explore/view';
import { env, InferenceSession, Tensor } from 'onnxruntime-web';
import { config } from 'zod';

/** What computes graphs: a script and WebAssembly. It comes first. */
export interface RuntimeRequest {
  readonly script: string;
  readonly wasm: Uint8Array;
}

/** A model, for the worker to keep. */
export interface ModelRequest {
  readonly run: string;
  readonly model: ExportedModel;
  readonly onnx: Uint8Array;
}

/** What is to be drawn with a model. */
export interface DrawRequest {
  readonly id: number;
  readonly run: string;
  readonly request: ExportedDraws;
}

/** What the worker answers. */
export interface DrawAnswer {
  readonly id: number;
  readonly view?: PosteriorView;
  readonly problem?: string;
}

// The policy of the page forbids code that is made of texts, which zod would make.
config({ jitless: true });

const models = new Map<string, { readonly model: ExportedModel; readonly session: Promise<InferenceSession> }>();

addEventListener('message', ({ data }: MessageEvent<RuntimeRequest | ModelRequest | DrawRequest>) => {
  if ('wasm' in data) return start(data);
  if ('onnx' in data) {
    const session = InferenceSession.create(data.onnx, { graphOptimizationLevel: 'basic' });
    models.set(data.run, { model: data.model, session });
    return;
  }
  void answer(data).then((answered) => postMessage(answered));
});

function start({ script, wasm }: RuntimeRequest): void {
  env.wasm.numThreads = 1;
  env.wasm.wasmBinary = wasm;
  // It makes the address of its WebAssembly, which it has been given, of its own, of which none can be made here.
  const placed = script.replaceAll('import.meta.url', "'https://nowhere.invalid/'");
  env.wasm.wasmPaths = { mjs: URL.createObjectURL(new Blob([placed], { type: 'text/javascript' })) };
}

async function answer({ id, run, request }: DrawRequest): Promise<DrawAnswer> {
  try {
    const { model, session } = models.get(run)!;
    return { id, view: await drawExported(model, computeWith(await session), request) };
  } catch (error) {
    return { id, problem: error instanceof Error ? error.message : String(error) };
  }
}

function computeWith(session: InferenceSession): ComputeGraph {
  return async (inputs) => {
    const known = Object.entries(inputs).filter(([name]) => session.inputNames.includes(name));
    const feeds = known.map(([name, { values, shape }]) => [name, new Tensor('float32', values, shape)] as const);
    const { momenta } = await session.run(Object.fromEntries(feeds));
    return momenta!.data as Float32Array;
  };
}
