import { defineRole } from '../../plugin/token.js';

/**
 * Joins data-parallel workers. What is called a reduction here is collective: every worker calls the same ones in the
 * same order with arrays of the same lengths, and each gets the same bits.
 */
export interface Communicator {
  /** For logs, e.g. `4 workers over Open MPI 4.1.4`. Known once open, like the rest. */
  readonly label: string;
  /** From 0 to `world` - 1. Worker 0 writes the run's files. */
  readonly rank: number;
  readonly world: number;
  /** Joins the others. Called once, before anything else and before the engine starts. */
  open(): Promise<void>;
  /**
   * Sum over workers of each value, in place and at least as precisely as the values are stored. All gradients of a
   * model come in one array.
   * @param during the work, for messages, e.g. `step 12`.
   */
  allReduceSum(values: Float32Array | Float64Array, during?: string): Promise<void>;
  /** The bytes of worker 0, in place of every other's. */
  broadcast(bytes: Uint8Array): Promise<void>;
  /** Leaves the others, when all are done. */
  close(): Promise<void>;
  /** Ends all workers at once with an exit code: this one has failed, and the others would wait for it for ever. */
  abort(exitCode: number): void;
}
export const Communicator = defineRole<Communicator>('parallel');
