import type { ObservedEvent } from '@unfold-zoo/data';
import {
  type ExportedContent,
  type ExportedDraws,
  type ExportedRun,
  exportedDraws,
  observe,
  observedOf,
} from '@unfold-zoo/explore/exported';
import { addressOf, type Query } from '@unfold-zoo/explore/view';
import type { Answers } from '../parts/ask.js';
import { readBlock, workerOfScript } from './blocks.js';
import { Drawing } from './drawing.js';

/** What is asked for but makes no difference: a page holds one answer for all of it. */
const IGNORED = { size: undefined, quantities: undefined };

/** What the page asks of the model of a run. */
type PosteriorOrder = Omit<ExportedDraws, 'observed'> & { readonly run: string; readonly changed?: ObservedEvent };

/** Answers with what an exported page holds; posteriors and observables are computed in the page. */
export class ExportedAnswers implements Answers {
  readonly isExported = true;
  readonly #content: ExportedContent;
  readonly #binning: string;
  readonly #drawing = new Drawing();

  /** @param binning the script of the worker that counts. */
  constructor(content: ExportedContent, binning: string) {
    this.#content = content;
    this.#binning = binning;
  }

  async read(path: string, query: Query): Promise<unknown> {
    const address = addressOf(path, { ...query, ...IGNORED });
    if (Object.hasOwn(this.#content.answers, address)) return this.#content.answers[address];
    throw new Error('This page does not hold that: it has a part of what unfold explore shows.');
  }

  async order(path: string, body: Readonly<Record<string, unknown>>, signal?: AbortSignal): Promise<unknown> {
    if (path !== 'posterior') throw new Error('This page has no server: it draws for single events alone.');
    const { run, changed, ...rest } = body as unknown as PosteriorOrder;
    const { model, events } = this.#run(run);
    const event = events[rest.event];
    if (!event) throw new Error(`This page does not hold event ${rest.event}.`);
    const observed = changed ?? ('observed' in event ? event.observed : observedOf(event.encoded));
    const request = { ...rest, observed, seed: 0 };
    return this.#drawing.draw(run, model, request, signal ?? new AbortController().signal);
  }

  async numbers(path: string, { run: id, draws: name, expression, of }: Query): Promise<Float32Array> {
    const run = this.#run(String(id));
    const layout = run.draws.find((each) => each.name === name);
    if (!layout) throw new Error(`This page does not hold ${name}.`);
    const numbers = new Float32Array((await readBlock(`draws ${id} ${name}`)).buffer);
    const set = exportedDraws(run.model.spec, layout, numbers);
    if (path === 'weights') return set.weights?.slice() ?? new Float32Array(0);
    return observe(run.model.spec, set, { text: String(expression), of: of === 'truth' ? 'truth' : 'draws' });
  }

  binningWorker(): Worker {
    return workerOfScript(this.#binning);
  }

  #run(id: string): ExportedRun {
    const run = this.#content.runs[id];
    if (run) return run;
    throw new Error('This page does not hold that run.');
  }
}
