import type { EventSpec } from '@unfold-zoo/core';
import type { Figure } from '@unfold-zoo/core/findings';
import { type CurvePanel, curvePanels } from '../drawing/curve-panels.js';

/** Draws of one event in one quantity. */
export interface ShownQuantity {
  readonly label: string;
  /** Sorted, GeV. */
  readonly model: Float64Array;
  readonly exact: Float64Array;
}

/** The distribution functions of a model's draws and of exact ones for one event, a panel a quantity. */
export function exactPosteriorFigure(spec: EventSpec, event: number, shown: readonly ShownQuantity[]): Figure {
  const title = `Posterior of event ${event}: draws and exact`;
  return {
    name: 'exact-posterior',
    title,
    caption:
      `Distribution functions of the model's draws and of exact draws for event ${event}, in the momentum of each ` +
      `particle of ${spec.name} in which the model is worst. Right draws follow the exact ones but for chance.`,
    svg: curvePanels({
      title,
      note: 'In units of the width of what is drawn; the momentum in which the model is worst.',
      labels: ['Model', 'Exact'],
      panels: shown.map(panelOf),
      x: [0, 1],
      y: [0, 1],
      xTitle: 'From the lowest to the highest draw',
      yTitle: 'Share below',
    }),
  };
}

/** Scaled to [0, 1]: the panels share their axes, and the widths of particles differ. */
function panelOf({ label, model, exact }: ShownQuantity): CurvePanel {
  const low = Math.min(model[0]!, exact[0]!);
  const span = Math.max(model.at(-1)!, exact.at(-1)!) - low || 1;
  const steps = (values: Float64Array, style: number) => ({
    style,
    x: values.map((value) => (value - low) / span),
    y: values.map((_, i) => (i + 0.5) / values.length),
  });
  return { title: label, curves: [steps(model, 0), steps(exact, 1)] };
}
