import type { OnProgress, Progress } from './progress.js';

/** Tells how far a stage is, with the time left at its pace since this was called. */
export function stageProgress(
  stage: Pick<Progress, 'stage' | 'unit'>,
  onProgress: OnProgress | undefined,
): (done: number, total: number) => void {
  const started = performance.now();
  return (done, total) => {
    const secondsLeft = ((performance.now() - started) / 1000 / done) * (total - done);
    onProgress?.({ ...stage, done, total, secondsLeft });
  };
}

/** Tells how many of so many events a stage is through with. */
export function eventProgress(
  stage: 'generating' | 'converting' | 'merging',
  total: number,
  onProgress: OnProgress | undefined,
): (done: number) => void {
  const tell = stageProgress({ stage, unit: 'events' }, onProgress);
  return (done) => tell(done, total);
}
