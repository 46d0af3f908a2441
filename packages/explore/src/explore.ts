import { randomBytes } from 'node:crypto';
import type { Log } from '@unfold-zoo/runs';
import { namedFolders } from './folders/find-folders.js';
import { readPages } from './server/pages.js';
import { serve } from './server/server.js';
import { OpenRuns } from './studies/open-runs.js';
import { Studies } from './studies/routes.js';

/** What is explored, and how. */
export interface ExploreOptions {
  /** Folders of runs and benchmarks, or folders above them. */
  readonly folders: readonly string[];
  /** Default: one that is free. */
  readonly port?: number | undefined;
  /** Changes to the config of every run, as `unfold --set` takes them. */
  readonly set?: readonly string[];
  /** Whether plugins that runs from elsewhere name may be loaded; see `ConfigOptions`. */
  readonly trustPlugins?: boolean | undefined;
  readonly log?: Log;
}

/** The pages, served until `close`. */
export interface Explorer {
  /** Where a browser of this machine finds them; whoever knows it can read and draw. */
  readonly address: string;
  /** Ends the server when what is at work is done. */
  close(): Promise<void>;
}

const silent: Log = { info: () => undefined, warn: () => undefined };

/**
 * Serves pages about runs, their events, posteriors and distributions to browsers of this machine.
 * @throws UserError for folders that are not there, and for pages that are not built; an error of the system for a port
 * that is taken.
 * @example
 * await using explorer = await explore({ folders: ['runs'] });
 * console.log(explorer.address); // http://127.0.0.1:49152/1f3a.../
 */
export async function explore(options: ExploreOptions): Promise<Explorer & AsyncDisposable> {
  const { folders, port = 0, set = [], trustPlugins, log = silent } = options;
  const roots = namedFolders(folders);
  const pages = readPages();
  const studies = new Studies(roots, new OpenRuns({ set, trustPlugins, log }));
  const token = randomBytes(16).toString('hex');
  const onFailure = (error: unknown): void => log.warn(error instanceof Error ? (error.stack ?? '') : String(error));
  const { server, gate } = await serve({ token, pages, routes: studies.routes, onFailure }, port);
  const close = async (): Promise<void> => {
    if (server.listening)
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    await studies.close();
  };
  return { address: `http://127.0.0.1:${gate.port}/${token}/`, close, [Symbol.asyncDispose]: close };
}
