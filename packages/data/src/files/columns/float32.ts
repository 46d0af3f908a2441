import type { Column } from '../raw-events.js';

/** Numbers in single precision, as momenta and weights are kept. */
export function float32(values: Column): Float32Array {
  return values instanceof Float32Array ? values : Float32Array.from(values as ArrayLike<number>, Number);
}
