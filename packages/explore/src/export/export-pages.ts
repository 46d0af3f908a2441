import { join, resolve } from 'node:path';
import { checkReplaceable, makeFolder, writeFileAtomically } from '@unfold-zoo/core/files';
import { type Log, type Run, readTestEvent } from '@unfold-zoo/runs';
import {
  type ExportedContent,
  type ExportedEvent,
  type ExportedRun,
  encodedEvent,
} from '../exported/exported-content.js';
import { cutDraws } from '../exported/exported-draws.js';
import { namedFolders } from '../folders/find-folders.js';
import { pageStyle, readPage } from '../server/pages.js';
import { DrawSets } from '../studies/draw-sets.js';
import { kindsOf } from '../studies/events.js';
import { OpenRuns } from '../studies/open-runs.js';
import { Studies } from '../studies/routes.js';
import type { EventView } from '../view/event-view.js';
import { type CollectedRun, Collector } from './collect.js';
import { type PageParts, singlePage } from './single-page.js';

/** What is exported, and where to. */
export interface ExportPagesOptions {
  /** Folders of trained runs, or folders above them. */
  readonly folders: readonly string[];
  /** Folder to write. */
  readonly out: string;
  /** Test events of each run that go along. Default: 8. */
  readonly events?: number;
  /** Changes to the config of every run, as `unfold --set` takes them. */
  readonly set?: readonly string[];
  readonly trustPlugins?: boolean | undefined;
  /** Whether a page that is there already is replaced. */
  readonly force?: boolean;
  readonly signal?: AbortSignal;
  readonly log?: Log;
}

/** The page that was written. */
export interface ExportedPages {
  /** Absolute path of the file. */
  readonly file: string;
  readonly bytes: number;
}

type Blocks = Map<string, { readonly packed: Uint8Array } | { readonly content: string | Uint8Array }>;

const silent: Log = { info: () => undefined, warn: () => undefined };

/**
 * Writes the pages about runs as one file that needs no server: it holds the models, which draw in the reader's
 * browser, a handful of events, and some of the draws.
 * @throws UserError for folders without a trained run, a model of which no graph can be made, and a page that is there.
 * @example
 * const { file } = await exportPages({ folders: ['pretrained:ttbar-small'], out: 'demo' }); // demo/index.html
 */
export async function exportPages(options: ExportPagesOptions): Promise<ExportedPages> {
  const { folders, out, events = 8, force = false, log = silent, set = [], trustPlugins } = options;
  const file = join(resolve(out), 'index.html');
  checkReplaceable(file, { force });
  const roots = namedFolders(folders);
  const runs = new OpenRuns({ set, trustPlugins, log });
  const draws = new DrawSets();
  const studies = new Studies(roots, runs, draws);
  const collector = new Collector(studies, options.signal ?? new AbortController().signal);
  const blocks: Blocks = new Map();
  try {
    const exported: Record<string, ExportedRun> = {};
    const summaries = await collector.runs(roots);
    for (const summary of summaries) {
      log.info(`reading ${summary.name}`);
      const collected = await collector.run(summary, roots, events);
      const run = await runs.get(collected.folder);
      const held = await exportedRun(run, collected, { draws, blocks });
      collector.keepDraws(summary.id, held.draws);
      exported[summary.id] = held;
    }
    addScripts(blocks, { answers: collector.answers, runs: exported });
    const page = singlePage({
      ...shell(),
      title: `unfold explore: ${summaries.map(({ label }) => label).join(', ')}`,
      blocks,
    });
    makeFolder(resolve(out));
    writeFileAtomically(file, page);
    return { file, bytes: Buffer.byteLength(page) };
  } finally {
    await studies.close();
  }
}

async function exportedRun(
  run: Run,
  { summary: { id }, views, draws: files, folder }: CollectedRun,
  { draws, blocks }: { readonly draws: DrawSets; readonly blocks: Blocks },
): Promise<ExportedRun> {
  const { onnx, ...random } = await run.drawingGraph();
  blocks.set(`model ${id}`, { content: onnx });
  const layouts = [];
  for (const { name } of files) {
    const set = await draws.open(folder, name);
    const { layout, numbers } = cutDraws(set);
    set.close();
    blocks.set(`draws ${id} ${name}`, { content: Buffer.from(numbers.buffer) });
    layouts.push(layout);
  }
  const events: ExportedEvent[] = [];
  for (const view of views) events.push(await exportedEvent(run, view));
  const seenAs = (await kindsOf(run)).map((kind) => kind?.label ?? null);
  const { spec, topology, config } = run;
  // Where its files lie is of no use to a page.
  const { mapping: _, ...layout } = topology ?? {};
  const model = {
    spec,
    ...(topology && { topology: layout as typeof topology }),
    seenAs,
    seed: config.seed,
    ...random,
  };
  return { model, events, draws: layouts };
}

async function exportedEvent(run: Run, { event, observed }: EventView): Promise<ExportedEvent> {
  if (observed) return { observed };
  return { encoded: encodedEvent(await readTestEvent(await run.source(), event)) };
}

/** What is the same in every page. */
function shell(): Pick<PageParts, 'style' | 'script' | 'licences'> {
  return {
    style: pageStyle().toString(),
    script: readPage('exported-app.js').toString(),
    licences: readPage('licences.txt').toString(),
  };
}

function addScripts(blocks: Blocks, content: ExportedContent): void {
  blocks.set('content', { content: JSON.stringify(content) });
  for (const name of ['binning', 'draw-worker']) blocks.set(name, { content: readPage(`${name}.js`) });
  for (const name of ['runtime-script', 'runtime-wasm']) blocks.set(name, { packed: readPage(`${name}.gz`) });
}
