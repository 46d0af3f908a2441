import { setTimeout as delay } from 'node:timers/promises';
import { EXIT } from '@unfold-zoo/core/exit-codes';
import type { Place } from './mesh.js';

/** What a worker tells its supervisor, and the supervisor its workers. Other messages of worker 0 are passed on. */
export type WorkerMessage =
  | { readonly unfold: 'ready' }
  | { readonly unfold: 'stop' }
  | { readonly unfold: 'fault'; readonly what: string }
  | { readonly unfold: 'advice'; readonly what: string };

/** What a supervisor puts into the environment of its workers. */
export function workerEnvironment({ rank, world, meeting, secret }: Place): Record<string, string> {
  return {
    UNFOLD_RANK: `${rank}`,
    UNFOLD_WORLD: `${world}`,
    UNFOLD_LOCAL_RANK: `${rank}`,
    UNFOLD_SOCKETS: meeting,
    UNFOLD_SECRET: secret,
  };
}

/** The place of this process among the workers that a supervisor started; undefined if none did. */
export function placeOfWorker(environment: NodeJS.ProcessEnv = process.env): Place | undefined {
  const { UNFOLD_RANK: rank, UNFOLD_WORLD: world, UNFOLD_SOCKETS: meeting, UNFOLD_SECRET: secret = '' } = environment;
  if (rank === undefined || world === undefined || meeting === undefined) return undefined;
  return { rank: Number(rank), world: Number(world), meeting, secret };
}

/** What asks a program for an orderly end: Ctrl-C, `kill` and batch systems, and a terminal that is closed. */
export const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Who wants to know that the supervisor asks for an orderly end. */
const stopListeners = new Set<() => void>();

/**
 * Makes a worker end when its supervisor does. From here on Ctrl-C, SIGTERM and SIGHUP, which may reach the supervisor,
 * a worker or all of them, go to the supervisor, which stops all. While nobody listens to that, nothing would be lost
 * by an end.
 */
export function obeySupervisor(): void {
  if (!process.connected) process.exit(EXIT.failed);
  process.once('disconnect', () => process.exit(EXIT.failed));
  for (const name of STOP_SIGNALS) process.on(name, () => tellSupervisor({ unfold: 'stop' }));
  process.on('message', (message: WorkerMessage | null) => {
    if (message?.unfold !== 'stop') return;
    if (stopListeners.size === 0) process.exit(EXIT.interrupted);
    for (const stop of stopListeners) stop();
  });
  // Listens, but does not keep the process alive.
  process.channel?.unref();
  tellSupervisor({ unfold: 'ready' });
}

/** Calls `stop` when the supervisor of this worker wants an orderly end; returns how to cancel that. */
export function onSupervisorStop(stop: () => void): () => void {
  stopListeners.add(stop);
  return () => void stopListeners.delete(stop);
}

/**
 * Calls `stop` when this program is asked for an orderly end: by Ctrl-C, SIGTERM or SIGHUP, or as a worker by its
 * supervisor.
 * Returns how to cancel that. For programs; a library takes an `AbortSignal`.
 */
export function onStopRequest(stop: () => void): () => void {
  return placeOfWorker() ? onSupervisorStop(stop) : onSignals(stop);
}

function onSignals(stop: () => void): () => void {
  for (const name of STOP_SIGNALS) process.on(name, stop);
  return () => {
    for (const name of STOP_SIGNALS) process.off(name, stop);
  };
}

/** Tells the supervisor something. Without one, nobody. */
export function tellSupervisor(message: WorkerMessage): void {
  if (placeOfWorker() && process.connected) process.send!(message, undefined, {}, () => {});
}

/** What the supervisor says if a worker fails from now on, e.g. how to go on. */
export function adviseOnFailure(what: string): void {
  tellSupervisor({ unfold: 'advice', what });
}

/** How long a supervisor takes at most to end its workers. */
export const PATIENCE_MILLISECONDS = 5000;

/** Reports what went wrong to the supervisor, which ends all workers, this one too. Returns only if it does not. */
export async function surrender(what: string): Promise<void> {
  tellSupervisor({ unfold: 'fault', what });
  await delay(PATIENCE_MILLISECONDS);
}
