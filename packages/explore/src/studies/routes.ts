import { UserError } from '@unfold-zoo/core';
import type { ObservedEvent } from '@unfold-zoo/data';
import { lineChart } from '@unfold-zoo/report';
import { lossCharts, type Run } from '@unfold-zoo/runs';
import { parse } from 'yaml';
import { z } from 'zod';
import { type FoundFolder, findFolders } from '../folders/find-folders.js';
import { textInside } from '../folders/inside.js';
import { LossLog } from '../folders/loss-log.js';
import { problemText, summariseRun } from '../folders/run-summary.js';
import { NotFound, type Route, route } from '../server/route.js';
import { WorkQueue } from '../server/work-queue.js';
import { flatConfig } from '../view/config-difference.js';
import { type DrawSet, DrawSets, MOST_DRAWN } from './draw-sets.js';
import { describeEvents, drawPosterior, viewEvent, viewReference } from './events.js';
import { observe } from './observables.js';
import type { OpenRuns } from './open-runs.js';
import { pluginFunctions } from './plugin-functions.js';
import { ranksOf, viewTrust } from './trust.js';

const id = z.string().max(64);
const count = z.coerce.number().int().min(0);
const ofRun = z.strictObject({ run: id });
const keys = z
  .string()
  .max(4000)
  .transform((text) => text.split(',').filter((key) => key !== ''));
const posterior = z.strictObject({
  run: id,
  event: count,
  changed: z.record(z.string(), z.unknown()).optional(),
  draws: z.int().min(1).max(10_000),
  first: z.int().min(0).max(1e6).default(0),
  seed: z
    .int()
    .min(0)
    .max(2 ** 31)
    .default(0),
  quantities: z.array(z.string().max(200)).max(100),
});

/** What the pages may ask of the folders that were named. */
export class Studies {
  readonly #roots: readonly string[];
  readonly #runs: OpenRuns;
  readonly #queue = new WorkQueue();
  readonly #draws: DrawSets;
  readonly #logs = new Map<string, LossLog>();

  constructor(roots: readonly string[], runs: OpenRuns, draws = new DrawSets()) {
    this.#roots = roots;
    this.#runs = runs;
    this.#draws = draws;
  }

  /** By path behind the token. */
  readonly routes: ReadonlyMap<string, Route> = new Map([
    ['/api/runs', route('GET', z.strictObject({}), () => ({ json: this.#list() }))],
    [
      '/api/losses',
      route('GET', ofRun.extend({ size: count.default(-1) }), (given) => ({ json: this.#losses(given) })),
    ],
    ['/api/config', route('GET', ofRun, ({ run }) => ({ json: this.#config(run) }))],
    ['/api/events', this.#ofRun(ofRun, (run) => describeEvents(run))],
    ['/api/event', this.#ofRun(ofRun.extend({ event: count }), (run, { event }) => viewEvent(run, event))],
    [
      '/api/reference',
      this.#ofRun(ofRun.extend({ event: count, quantities: keys }), (run, { event, quantities }) =>
        viewReference(run, event, quantities),
      ),
    ],
    [
      '/api/posterior',
      this.#ofRun(
        posterior,
        (run, { changed, ...request }, signal) =>
          drawPosterior(run, { ...request, signal, ...(changed && { changed: changed as ObservedEvent }) }),
        'POST',
      ),
    ],
    ['/api/draws', route('GET', ofRun, async ({ run }) => ({ json: await this.#draws.list(this.#folder(run)) }))],
    [
      '/api/draw',
      this.#ofRun(
        ofRun.extend({ events: z.int().min(1).max(MOST_DRAWN) }),
        (run, { events }, signal) => this.#draws.draw(run.folder, run, events, signal),
        'POST',
      ),
    ],
    [
      '/api/observable',
      route(
        'GET',
        ofRun.extend({ draws: z.string().max(200), expression: z.string().max(500), of: z.enum(['draws', 'truth']) }),
        async ({ run: name, draws, expression, of }, signal) => ({
          numbers: await this.#withDraws(
            name,
            draws,
            (run, set) => observe(run.spec, set, { text: expression, of, functions: pluginFunctions(run) }),
            signal,
          ),
        }),
      ),
    ],
    [
      '/api/weights',
      route('GET', ofRun.extend({ draws: z.string().max(200) }), async ({ run, draws }, signal) => ({
        numbers: await this.#withDraws(run, draws, (_, set) => set.weights ?? new Float32Array(0), signal),
      })),
    ],
    ['/api/trust', this.#ofRun(ofRun, async (run) => viewTrust(run, await this.#draws.list(run.folder)))],
    [
      '/api/ranks',
      route(
        'GET',
        ofRun.extend({ draws: z.string().max(200), quantity: z.string().max(200) }),
        async (given, signal) => {
          const { run: name, draws, quantity } = given;
          return { json: await this.#withDraws(name, draws, (run, set) => ranksOf(run.spec, set, quantity), signal) };
        },
      ),
    ],
  ]);

  /** Waits for what is at work, and closes every run. */
  async close(): Promise<void> {
    await this.#queue.idle();
    await this.#runs.close();
  }

  /** A route whose work is done with an open run, one after the other. */
  #ofRun<Schema extends z.ZodObject<{ run: z.ZodString }>>(
    schema: Schema,
    answer: (run: Run, given: z.output<Schema>, signal: AbortSignal) => Promise<unknown>,
    method: Route['method'] = 'GET',
  ): Route {
    return route(method, schema, async (given, signal) => {
      const folder = this.#folder((given as { readonly run: string }).run);
      const work = async () => answer(await this.#runs.get(folder), given, signal);
      return { json: await this.#queue.add(work, signal) };
    });
  }

  #withDraws<T>(id: string, name: string, read: (run: Run, set: DrawSet) => T, signal: AbortSignal): Promise<T> {
    const folder = this.#folder(id);
    return this.#queue.add(async () => {
      const run = await this.#runs.get(folder);
      const set = await this.#draws.open(folder, name);
      try {
        return read(run, set);
      } finally {
        set.close();
      }
    }, signal);
  }

  #list() {
    const found = findFolders(this.#roots);
    const named = (kind: FoundFolder['kind']) => found.filter((each) => each.kind === kind);
    return {
      folders: this.#roots,
      runs: named('run').map((each) => summariseRun(each)),
      benchmarks: named('benchmark').map(({ id, name }) => ({ id, name })),
    };
  }

  #losses({ run, size }: { readonly run: string; readonly size: number }) {
    const folder = this.#folder(run);
    const log = this.#logs.get(folder) ?? new LossLog(folder);
    this.#logs.set(folder, log);
    const records = log.update();
    return log.size === size ? { size } : { size: log.size, charts: lossCharts(records).map(lineChart) };
  }

  #config(run: string) {
    const text = textInside(this.#folder(run), 'config.yaml');
    if (text === undefined) throw new NotFound('missing config.yaml: the folder of the run has none');
    try {
      return flatConfig(parse(text));
    } catch (error) {
      throw new UserError(problemText(error));
    }
  }

  /** The folder of a run that was found below those that were named. @throws UserError for any other name. */
  #folder(id: string): string {
    const found = findFolders(this.#roots).find((each) => each.id === id && each.kind === 'run');
    if (found) return found.path;
    throw new NotFound('unknown run: it is not below the folders that are explored, or no longer');
  }
}
