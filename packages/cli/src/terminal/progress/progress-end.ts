import type { Progress } from '@unfold-zoo/runs';

/** What will have been done in the end: less than the total where the time of a training is over before. */
export function endOf({ total, doneInTime = total }: Progress): number {
  return doneInTime;
}

/** The same, to be read behind "12/": `3000 steps`, or `about 800 steps in its time (3000 planned)`. */
export function endText({ total, doneInTime, unit }: Progress): string {
  return doneInTime === undefined ? `${total} ${unit}` : `about ${doneInTime} ${unit} in its time (${total} planned)`;
}
