import type { ObservedEvent } from '@unfold-zoo/data';
import { joinPosteriors, type PosteriorView, type RunSummary } from '@unfold-zoo/explore/view';
import { order } from '../parts/ask.js';
import { type Answer, type Tell, useAnswer } from '../parts/use-answer.js';

/** What is drawn, with every run. */
export interface WantedDraws {
  readonly event: number;
  /** In place of what the detector saw; nothing is drawn where it is null. */
  readonly changed?: ObservedEvent | null;
  readonly draws: number;
  /** Keys of quantities. */
  readonly quantities: readonly string[];
}

/** Draws that are made at first: a change answers at once. Then so many at a time, until there are all. */
const [FIRST_DRAWS, MORE_DRAWS] = [100, 250];
/** Milliseconds without a change before more draws are made, which hold up what is asked for after them. */
const PAUSE = 200;

/** Draws of several runs for an event: a few at once, and more flow in until there are as many as are wanted. */
export function usePosteriors(runs: readonly RunSummary[], wanted: WantedDraws): Answer<readonly PosteriorView[]> {
  const isWanted = wanted.changed !== null;
  const draw = (signal: AbortSignal, tell: Tell<readonly PosteriorView[]>) => drawInParts(runs, wanted, signal, tell);
  const answer = useAnswer(isWanted ? draw : undefined, [runs.map(({ id }) => id).join(), JSON.stringify(wanted)]);
  const { value, ...rest } = answer;
  return { ...rest, ...(value && isWanted && { value }) };
}

async function drawInParts(
  runs: readonly RunSummary[],
  { draws, ...wanted }: WantedDraws,
  signal: AbortSignal,
  tell: Tell<readonly PosteriorView[]>,
): Promise<readonly PosteriorView[]> {
  const ofAll = async (first: number, count: number): Promise<PosteriorView[]> => {
    const drawn: PosteriorView[] = [];
    for (const { id } of runs)
      drawn.push(await order<PosteriorView>('posterior', { ...wanted, run: id, first, draws: count }, signal));
    return drawn;
  };
  let drawn = await ofAll(0, Math.min(draws, FIRST_DRAWS));
  tell(drawn);
  await pause(PAUSE, signal);
  for (let done = FIRST_DRAWS; done < draws; done += MORE_DRAWS) {
    const more = await ofAll(done, Math.min(MORE_DRAWS, draws - done));
    drawn = drawn.map((before, i) => joinPosteriors(before, more[i]!));
    tell(drawn);
  }
  return drawn;
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
