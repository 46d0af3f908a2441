import { defineRole } from '../plugin/token.js';

/** Makes a tfjs backend current. Models never see it: they call tfjs-core ops. */
export interface Engine {
  /** For logs, e.g. `wasm (SIMD, 2 threads)`. Known once started. */
  readonly label: string;
  start(): Promise<void>;
}
export const Engine = defineRole<Engine>('engine');
