import { type ExportedDraws, type ExportedModel, WorkQueue } from '@unfold-zoo/explore/exported';
import type { PosteriorView } from '@unfold-zoo/explore/view';
import { readBlock, readText, workerOf } from './blocks.js';
import type { DrawAnswer, DrawRequest, ModelRequest, RuntimeRequest } from './draw-worker.js';

/** Draws with the models of the page, in a worker that is started when it is first needed. */
export class Drawing {
  readonly #queue = new WorkQueue();
  readonly #kept = new Set<string>();
  #worker: Promise<Worker> | undefined;
  #asked = 0;

  /** One after the other; what is no longer waited for is not begun. @throws Error that says what is wrong. */
  draw(run: string, model: ExportedModel, request: ExportedDraws, signal: AbortSignal): Promise<PosteriorView> {
    return this.#queue.add(async () => {
      this.#worker ??= startedWorker();
      const worker = await this.#worker;
      if (!this.#kept.has(run)) {
        const onnx = await readBlock(`model ${run}`);
        worker.postMessage({ run, model, onnx } satisfies ModelRequest, [onnx.buffer]);
        this.#kept.add(run);
      }
      return answerOf(worker, { id: this.#asked++, run, request });
    }, signal);
  }
}

async function startedWorker(): Promise<Worker> {
  const [worker, script, wasm] = await Promise.all([
    workerOf('draw-worker'),
    readText('runtime-script'),
    readBlock('runtime-wasm'),
  ]);
  worker.postMessage({ script, wasm } satisfies RuntimeRequest, [wasm.buffer]);
  return worker;
}

function answerOf(worker: Worker, asked: DrawRequest): Promise<PosteriorView> {
  return new Promise((resolve, reject) => {
    const hear = ({ data: { id, view, problem } }: MessageEvent<DrawAnswer>): void => {
      if (id !== asked.id) return;
      worker.removeEventListener('message', hear);
      if (view) resolve(view);
      else reject(new Error(problem));
    };
    worker.addEventListener('message', hear);
    worker.postMessage(asked);
  });
}
