import type { GenerativeModel } from '@unfold-zoo/core';
import { NOISE_SCHEDULE } from '@unfold-zoo/core/diffusion';
import type { ScheduleCurve } from '@unfold-zoo/report';

/** gamma(t) and its slope of a model that shows a noise schedule; undefined for one without. */
export function scheduleCurve(model: GenerativeModel, label: string): ScheduleCurve | undefined {
  const schedule = model.diagnostics?.().find(({ name }) => name === NOISE_SCHEDULE);
  if (!schedule) return undefined;
  const [gamma, slope] = schedule.curves.map(({ y }) => y.values);
  return { label, t: schedule.x.values, gamma: gamma!, slope: slope! };
}
