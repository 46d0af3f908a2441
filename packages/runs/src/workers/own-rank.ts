import { launchedAs } from '@unfold-zoo/core/workers';
import { placeOfWorker } from '@unfold-zoo/distributed';

/** Number of this process among those that were started together, before they have joined; 0 for one on its own. */
export function ownRank(): number {
  return placeOfWorker()?.rank ?? launchedAs()?.rank ?? 0;
}
