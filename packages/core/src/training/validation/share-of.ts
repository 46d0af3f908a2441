import type { Communicator } from '../../contracts/training/communicator.js';

/** Which of `count` neighbours a worker does, if all share them out: from `first` to before `end`. */
export function shareOf(
  count: number,
  { rank, world }: Pick<Communicator, 'rank' | 'world'>,
): [first: number, end: number] {
  return [Math.floor((count * rank) / world), Math.floor((count * (rank + 1)) / world)];
}
