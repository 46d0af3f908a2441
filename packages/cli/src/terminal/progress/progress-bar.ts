import { Writable } from 'node:stream';
import { duration, type OnProgress, ownRank } from '@unfold-zoo/runs';
import { type Options, SingleBar } from 'cli-progress';
import { progressEvents } from './json-events.js';

/**
 * A bar on standard error: on a terminal it redraws itself, elsewhere it prints a line now and then. Of several
 * workers, the first has it.
 */
export function progressBar(format: string, { seconds = 10 } = {}): SingleBar {
  const options: Options = {
    format,
    stream: ownRank() === 0 ? process.stderr : (nowhere() as NodeJS.WriteStream),
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    fps: 5,
    etaBuffer: 50,
    noTTYOutput: true,
    notTTYSchedule: 1000 * seconds,
    emptyOnZero: true,
    clearOnComplete: false,
    gracefulExit: false,
  };
  return new SingleBar(options);
}

function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}

/** Shows the progress of a piece of work in a bar of its own, or tells it to a program. */
export async function withBar<T>(
  format: string,
  work: (onProgress: OnProgress) => Promise<T>,
  { json = false } = {},
): Promise<T> {
  if (json) return work(progressEvents());
  const bar = progressBar(format);
  let started = false;
  const onProgress: OnProgress = ({ stage, done, total, eventsPerSecond, secondsLeft }) => {
    const fields = {
      stage,
      rate: eventsPerSecond === undefined ? '-' : Math.round(eventsPerSecond),
      left: duration(secondsLeft ?? Number.NaN),
    };
    if (!started) bar.start(total, 0, { stage, rate: '-', left: '-' });
    started = true;
    bar.setTotal(total);
    bar.update(done, fields);
  };
  try {
    return await work(onProgress);
  } finally {
    if (started) bar.stop();
  }
}
