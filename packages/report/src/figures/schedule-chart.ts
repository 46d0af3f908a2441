import { lineChart } from '../plot/line-chart.js';
import { smallMultiples } from '../plot/small-multiples.js';

/** A noise schedule sampled at times [n] in [0, 1]. */
export interface ScheduleCurve {
  readonly label: string;
  readonly t: ArrayLike<number>;
  /** gamma(t) = -ln SNR(t). */
  readonly gamma: ArrayLike<number>;
  /** d gamma / dt. */
  readonly slope: ArrayLike<number>;
}

/**
 * gamma(t) of one or more noise schedules, and beside it its slope, which weights the loss at each time. Returns SVG.
 * @example
 * const svg = scheduleChart([{ label: 'linear', t: [0, 1], gamma: [-13, 5], slope: [18, 18] }]);
 */
export function scheduleChart(schedules: readonly ScheduleCurve[], title = 'Noise schedule'): string {
  const gamma = schedules.map(({ label, t, gamma }) => ({ label, x: t, y: gamma }));
  const slope = schedules.map(({ label, t, slope }) => ({ label, x: t, y: slope }));
  const panels = [
    lineChart({ title: 'Noise level', xTitle: 't', yTitle: 'γ(t) = −ln SNR(t)', series: gamma }),
    lineChart({ title: 'Slope', xTitle: 't', yTitle: 'dγ/dt', series: slope, yScale: 'log' }),
  ];
  return smallMultiples({ title, panels, panel: { width: 520, height: 360 }, columns: 2, entries: [] });
}
