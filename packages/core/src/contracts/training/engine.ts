import { defineRole } from '../../plugin/token.js';
import type { HostArithmetic } from './host-arithmetic.js';
import type { StepRepeater } from './step-repeater.js';

/** What starts an engine, of what it may start. */
export interface EngineStart {
  /**
   * Whether an engine must refuse to run in software where it is meant for special hardware, a GPU for one. `auto` asks
   * for it. Default: false.
   */
  readonly hardwareOnly?: boolean;
}

/** Makes a tfjs backend current. Models never see it: they call tfjs-core ops. */
export interface Engine {
  /** For logs, e.g. `wasm (SIMD, 2 threads)`. Known once started. */
  readonly label: string;
  /** Its own arithmetic on host arrays. Known once started; absent where core's JavaScript does the work. */
  readonly hostArithmetic?: HostArithmetic | undefined;
  /** Repeats training steps without their JavaScript. Known once started; absent where every step is run. */
  readonly stepRepeater?: StepRepeater | undefined;
  /**
   * Its arithmetic on host arrays for another engine that has none, without this one being started; absent where it has
   * none to share.
   * @param threads those of the other engine.
   */
  shareArithmetic?(threads?: number): Promise<HostArithmetic>;
  /** More about what it runs on, for `unfold doctor`, e.g. the compiler. Known once started. */
  readonly details?: string;
  /**
   * Its place among the engines that `auto` tries, the highest first; without one `auto` leaves the engine out. Built
   * in: `tensorflow-gpu` 600, `native` 500, `webgpu` 400, `tensorflow` 300, `wasm` 200, `cpu` 100.
   */
  readonly preference?: number;
  /**
   * Whether what it needs is installed, found out without starting it. `auto` passes over one that is not. Default:
   * yes.
   */
  isAvailable?(): boolean | Promise<boolean>;
  /**
   * Starts the engine.
   * @throws UserError if it cannot run here: `missing GPU: WebGPU finds no adapter; install the driver`. What follows
   * the first semicolon is what `unfold doctor` gives as advice.
   */
  start(how?: EngineStart): Promise<void>;
}
export const Engine = defineRole<Engine>('engine');
