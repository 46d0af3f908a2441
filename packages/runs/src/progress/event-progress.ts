import type { OnProgress } from './progress.js';

/** Tells how many of so many events a stage is through with. */
export function eventProgress(
  stage: 'generating' | 'converting' | 'merging',
  total: number,
  onProgress: OnProgress | undefined,
): (done: number) => void {
  const started = performance.now();
  return (done) => {
    const secondsLeft = ((performance.now() - started) / 1000 / done) * (total - done);
    onProgress?.({ stage, done, total, unit: 'events', secondsLeft });
  };
}
