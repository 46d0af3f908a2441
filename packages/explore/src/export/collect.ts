import { basename, isAbsolute } from 'node:path';
import { UserError } from '@unfold-zoo/core';
import type { ExportedDrawSet } from '../exported/exported-content.js';
import { findFolders } from '../folders/find-folders.js';
import type { Studies } from '../studies/routes.js';
import { addressOf, type Query } from '../view/address.js';
import type { ConfigEntry } from '../view/config-difference.js';
import type { EventsView, EventView, ReferenceView } from '../view/event-view.js';
import type { DrawFileView, RanksView, TrustView } from '../view/ranks-view.js';
import type { RunSummary } from '../view/run-summary.js';

/** Runs that one page holds at most. */
const MOST_RUNS = 8;
/** Events for which a run without draws in a file draws, once each. */
const DRAWN_EVENTS = 2000;
/** Events that stand for those that look alike. */
const SIMILAR_EVENTS = 1000;
/** Events of ranks that go into a page. */
const RANKED_EVENTS = 500;

/** What is collected of a run. */
export interface CollectedRun {
  readonly summary: RunSummary;
  /** Absolute path of its folder. */
  readonly folder: string;
  readonly views: readonly EventView[];
  readonly draws: readonly DrawFileView[];
}

/** Asks what pages would ask, and keeps the answers by address: nothing of this machine's paths is among them. */
export class Collector {
  readonly answers: Record<string, unknown> = {};
  readonly #studies: Studies;
  readonly #signal: AbortSignal;

  constructor(studies: Studies, signal: AbortSignal) {
    this.#studies = studies;
    this.#signal = signal;
  }

  /** The trained runs below folders. @throws UserError for none, and for more than a page holds. */
  async runs(roots: readonly string[]): Promise<readonly RunSummary[]> {
    const list = await this.#ask<{ readonly runs: readonly RunSummary[] }>('runs');
    // Of a run in training, its latest checkpoint says how long it took.
    const runs = list.runs.filter(({ status, seconds }) => status !== 'broken' && seconds !== undefined);
    if (runs.length === 0) throw new UserError(`missing runs: none below ${roots.join(', ')} is trained`);
    if (runs.length > MOST_RUNS) {
      const names = runs.map(({ name }) => name).join(', ');
      throw new UserError(`too many runs: a page holds ${MOST_RUNS}; name the folders of some of ${names}`);
    }
    this.#keep('runs', {}, { folders: [], runs, benchmarks: [] });
    return runs;
  }

  /** All that pages show of a run, with its first events. */
  async run(summary: RunSummary, roots: readonly string[], most: number): Promise<CollectedRun> {
    const run = summary.id;
    const { charts = [] } = await this.#ask<{ readonly charts?: readonly string[] }>('losses', { run });
    this.#keep('losses', { run }, { size: 0, charts });
    const config = await this.#ask<readonly ConfigEntry[]>('config', { run });
    this.#keep('config', { run }, config.map(withoutPath));
    const about = await this.#ask<EventsView>('events', { run });
    const events = Math.min(about.events, most);
    this.#keep('events', { run }, { ...about, events });
    const views: EventView[] = [];
    for (let event = 0; event < events; event++) views.push(await this.#event(run, event, about));
    const draws = await this.#draws(run, about.events);
    await this.#trust(run, draws, about);
    const { path: folder } = findFolders(roots).find(({ id }) => id === run)!;
    return { summary, folder, views, draws };
  }

  async #event(run: string, event: number, { shown, hasTruth }: EventsView): Promise<EventView> {
    const view = await this.#ask<EventView>('event', { run, event });
    this.#keep('event', { run, event }, view);
    if (hasTruth) {
      const reference = await this.#ask<ReferenceView>('reference', { run, event, quantities: shown.join() });
      this.#keep('reference', { run, event }, rounded(resampled(reference)));
    }
    return view;
  }

  /** What there is in files; without any, draws that are made now. */
  async #draws(run: string, events: number): Promise<readonly DrawFileView[]> {
    const known = await this.#ask<readonly DrawFileView[]>('draws', { run });
    if (known.length > 0 || events === 0) return known;
    return [await this.#ask<DrawFileView>('draw', { run, events: Math.min(events, DRAWN_EVENTS) })];
  }

  async #trust(run: string, draws: readonly DrawFileView[], { shown }: EventsView): Promise<void> {
    const trust = await this.#ask<TrustView>('trust', { run });
    this.#keep('trust', { run }, trust);
    const keys = new Set([...shown, ...trust.verdicts.flatMap(({ key }) => key ?? [])]);
    const several = draws.filter((file) => file.draws > 1 && file.hasTruth);
    for (const { name } of several)
      for (const quantity of keys) {
        const query = { run, quantity, draws: name };
        this.#keep('ranks', query, rounded(shortened(await this.#ask<RanksView>('ranks', query))));
      }
  }

  /** The draws of a run that the page holds. */
  keepDraws(run: string, layouts: readonly ExportedDrawSet[]): void {
    const draws = layouts.map(({ hasWeights: _, ...view }): DrawFileView => view);
    this.#keep('draws', { run }, draws);
  }

  async #ask<T>(path: string, query: Query = {}): Promise<T> {
    const answer = await this.#studies.routes.get(`/api/${path}`)!.answer(query, this.#signal);
    return ('json' in answer ? answer.json : answer.numbers) as T;
  }

  #keep(path: string, query: Query, answer: unknown): void {
    this.answers[addressOf(path, query)] = answer;
  }
}

/** Of files the name is left. */
function withoutPath([path, value]: ConfigEntry): ConfigEntry {
  return [path, isAbsolute(value) ? basename(value) : value];
}

function shortened(ranks: RanksView): RanksView {
  const cut = <T>(all: readonly T[]): readonly T[] => all.slice(0, RANKED_EVENTS);
  const { events, truth, means, widths } = ranks;
  const leftOut = ranks.leftOut + Math.max(0, events.length - RANKED_EVENTS);
  const lists = { events: cut(events), ranks: cut(ranks.ranks), truth: cut(truth), means: cut(means) };
  return { ...ranks, ...lists, widths: cut(widths), leftOut };
}

/** Fewer events of equal weight that stand for the same distribution: each is there as often as its weight says. */
function resampled(reference: ReferenceView): ReferenceView {
  const { weights, values } = reference;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const rows: number[] = [];
  let [row, below] = [0, 0];
  for (let i = 0; i < SIMILAR_EVENTS && row < weights.length; i++) {
    const wanted = ((i + 0.5) / SIMILAR_EVENTS) * total;
    while (row < weights.length - 1 && below + weights[row]! < wanted) below += weights[row++]!;
    rows.push(row);
  }
  const picked = Object.entries(values).map(([key, all]) => [key, rows.map((each) => all[each]!)]);
  return { ...reference, weights: rows.map(() => 1), values: Object.fromEntries(picked) as ReferenceView['values'] };
}

/** The same with five digits of every number that is not whole: figures show no more. */
function rounded<T>(answer: T): T {
  const short = (_: string, value: unknown): unknown =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value;
  return JSON.parse(JSON.stringify(answer, short)) as T;
}
