import type { EventSpec } from '@unfold-zoo/core';
import { partonWidth, QUANTITIES } from '@unfold-zoo/core/events';
import type { NumberColumn } from '../distances/radix-sort.js';
import type { PartonColumns } from '../kinematics/parton-columns.js';
import type { ScratchFile } from './scratch-file.js';

/**
 * Partons in physical units that are kept in a scratch file, column by column: one column is in memory when it is asked
 * for. All events are added before any is read.
 */
export class ScratchColumns {
  readonly #file: ScratchFile;
  readonly #width: number;
  readonly #count: number;

  /** For `count` events. The caller disposes of the file, after which nothing can be read. */
  constructor(file: ScratchFile, spec: EventSpec, count: number) {
    this.#file = file;
    this.#width = partonWidth(spec);
    this.#count = count;
  }

  /** Keeps rows [n, P] of events from the `first` on. */
  add(partons: Float32Array, first: number): void {
    const values = new Float32Array(partons.length / this.#width);
    for (let column = 0; column < this.#width; column++) {
      for (let i = 0; i < values.length; i++) values[i] = partons[i * this.#width + column]!;
      this.#file.write(values, this.#place(column) + values.BYTES_PER_ELEMENT * first);
    }
  }

  #place(column: number): number {
    return Float32Array.BYTES_PER_ELEMENT * this.#count * column;
  }

  /** @param weights [n] event weights; all events count the same if absent. */
  columns(weights?: NumberColumn): PartonColumns {
    return {
      count: this.#count,
      column: (particle, quantity) => {
        const values = new Float32Array(this.#count);
        const column = particle * QUANTITIES.length + QUANTITIES.indexOf(quantity);
        this.#file.read(values, this.#place(column));
        return values;
      },
      ...(weights && { weights }),
    };
  }
}
