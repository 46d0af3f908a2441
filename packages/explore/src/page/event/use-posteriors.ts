import type { ObservedEvent } from '@unfold-zoo/data';
import type { PosteriorView, RunSummary } from '@unfold-zoo/explore/view';
import { order } from '../parts/ask.js';
import { type Answer, useAnswer } from '../parts/use-answer.js';

/** What is drawn, with every run. */
export interface WantedDraws {
  readonly event: number;
  /** In place of what the detector saw; nothing is drawn where it is null. */
  readonly changed?: ObservedEvent | null;
  readonly draws: number;
  /** Keys of quantities. */
  readonly quantities: readonly string[];
}

/** Draws that are made at first, before those that are asked for: a change answers at once. */
const FIRST_DRAWS = 100;
/** Milliseconds without a change before many draws are made, which hold up what is asked for after them. */
const PAUSE = 500;

/** Draws of several runs for an event: a few at once, then as many as are wanted. */
export function usePosteriors(runs: readonly RunSummary[], wanted: WantedDraws): Answer<readonly PosteriorView[]> {
  const { draws, changed } = wanted;
  const isWanted = changed !== null;
  const about = [runs.map(({ id }) => id).join(), JSON.stringify({ ...wanted, draws: 0 })];
  const drawWith = (count: number) => async (signal: AbortSignal) => {
    const drawn: PosteriorView[] = [];
    for (const { id } of runs)
      drawn.push(await order<PosteriorView>('posterior', { ...wanted, run: id, draws: count }, signal));
    return drawn;
  };
  const quick = useAnswer(isWanted ? drawWith(Math.min(draws, FIRST_DRAWS)) : undefined, about);
  const isEnough = quick.isWaiting || !isWanted || draws <= FIRST_DRAWS;
  const drawAll = async (signal: AbortSignal) => {
    await pause(PAUSE, signal);
    return drawWith(draws)(signal);
  };
  const full = useAnswer(isEnough ? undefined : drawAll, [...about, draws, isEnough]);
  const problem = quick.problem ?? full.problem;
  const value = full.value ?? quick.value;
  return {
    isWaiting: quick.isWaiting || full.isWaiting,
    ...(value && isWanted && { value }),
    ...(problem !== undefined && { problem }),
  };
}

/** Waits; the reason of a signal that is aborted meanwhile ends it. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    });
  });
}
