import type { RanksView } from './ranks-view.js';

/** What makes an event odd: a wide posterior, or a truth far out in it. */
export type OddBy = 'width' | 'rank';

/** Numbers of events, the oddest first. */
export function eventOrder({ events, ranks, widths }: RanksView, by: OddBy): number[] {
  const oddness = (row: number): number => (by === 'width' ? widths[row]! : Math.abs(ranks[row]! - 0.5));
  return [...events.keys()].sort((a, b) => oddness(b) - oddness(a)).map((row) => events[row]!);
}
