import type { DrawFileView, RunSummary } from '@unfold-zoo/explore/view';

/** Draws of a run that are shown. */
export interface ShownDraws {
  readonly run: RunSummary;
  readonly file: DrawFileView;
}
