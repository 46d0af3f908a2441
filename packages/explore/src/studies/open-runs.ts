import { statSync } from 'node:fs';
import { join } from 'node:path';
import { type Log, openRun, type Run } from '@unfold-zoo/runs';

/** How runs are opened. */
export interface OpenRunsOptions {
  readonly log: Log;
  /** Changes to the config of every run. */
  readonly set?: readonly string[];
  readonly trustPlugins?: boolean | undefined;
}

/** Runs that stay open at once. */
const MOST_OPEN = 4;

/** A run, and which state of its folder was opened. */
interface OpenedRun {
  readonly run: Run;
  readonly version: string;
}

/** Runs by their folders, kept open between questions; opened anew when their config or checkpoint has changed. */
export class OpenRuns {
  readonly #options: OpenRunsOptions;
  /** The one that was asked for last stands last. */
  readonly #open = new Map<string, OpenedRun>();

  constructor(options: OpenRunsOptions) {
    this.#options = options;
  }

  /** @throws UserError for a run that cannot be opened, and for one whose plugins are not trusted. */
  async get(folder: string): Promise<Run> {
    const version = versionOf(folder);
    const known = this.#open.get(folder);
    if (known && known.version !== version) await this.#close(folder);
    if (!this.#open.has(folder) && this.#open.size >= MOST_OPEN) await this.#close([...this.#open.keys()][0]!);
    const opened = this.#open.get(folder) ?? { run: await openRun(folder, this.#options), version };
    this.#open.delete(folder);
    this.#open.set(folder, opened);
    return opened.run;
  }

  async close(): Promise<void> {
    for (const folder of [...this.#open.keys()]) await this.#close(folder);
  }

  async #close(folder: string): Promise<void> {
    const opened = this.#open.get(folder);
    this.#open.delete(folder);
    await opened?.run.close();
  }
}

function versionOf(folder: string): string {
  const files = ['config.yaml', join('checkpoints', 'latest')];
  return files.map((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0).join();
}
