import { bytesOf, sha256 } from '@unfold-zoo/core/files';
import type { EventColumns } from '../unfolders/unfolder.js';

/** SHA-256 of the observables and weights of events. */
export function eventsHash({ columns, weights }: EventColumns): string {
  const axes = JSON.stringify(columns.map(({ length }) => length));
  return sha256([axes, ...columns.flat().map(bytesOf), bytesOf(weights)]);
}
