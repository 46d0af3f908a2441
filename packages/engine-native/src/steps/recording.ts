import type * as tf from '@tensorflow/tfjs-core';
import type { Rng, RngWatcher } from '@unfold-zoo/core';
import type { Addon } from '../addon.js';

/** Where an array of a step comes from; arrays are known by their places in the list of these. */
export type Source =
  | { readonly kind: 'given'; readonly index: number }
  | { readonly kind: 'variable'; readonly id: number }
  | { readonly kind: 'constant'; readonly values: Values }
  /** A tensor that was there before and is not of the batch. */
  | { readonly kind: 'kept'; readonly dataId: object; readonly values: Values }
  | { readonly kind: 'drawn' | 'pooled' }
  | { readonly kind: 'flags' | 'integers'; readonly size: number };

/** A function of the addon that computes. */
type Computation = (typeof CALLS)[number];

/** A function of the addon that a step may call. */
export type Repeatable = Computation | 'blockSavedSize';

/** An array among the arguments of a call, by its place. */
export class Place {
  readonly place: number;

  constructor(place: number) {
    this.place = place;
  }
}

export type Argument = number | boolean | null | Place | readonly Argument[];

export type Instruction =
  | { readonly do: 'take'; readonly place: number; readonly size: Size }
  | { readonly do: 'give'; readonly place: number }
  | { readonly do: 'call'; readonly name: Computation; readonly args: readonly Argument[] }
  | { readonly do: 'finish' }
  | { readonly do: 'fork'; readonly from: number; readonly name: string; readonly to: number }
  | { readonly do: 'draw'; readonly stream: number; readonly place: number };

/** How many numbers an array has: as many always, or as `blockSavedSize` says of these arguments. */
export type Size = number | readonly Argument[];

/** Draws of a step, in the order of its instructions `draw`. */
export type Draw = (stream: Rng) => Float32Array;

type Values = tf.backend_util.BackendValues;
type TypedArray = Float32Array | Int32Array | Uint8Array;

/** What a recording begins with. */
export interface RecordingStart {
  readonly addon: Addon;
  /** Arrays of the batch. */
  readonly given: readonly Values[];
  readonly variables: ReadonlyMap<object, tf.Variable>;
  readonly rng: Rng;
}

/** What is asked of the addon between the beginning and the end of a step, and of which arrays. */
export class Recording implements RngWatcher {
  readonly sources: Source[] = [];
  readonly instructions: Instruction[] = [];
  readonly draws: Draw[] = [];
  /** The addon, with its calls written down. */
  readonly addon: Addon;
  readonly #variables: ReadonlyMap<object, tf.Variable>;
  readonly #places = new Map<unknown, number>();
  readonly #streams = new Map<Rng, number>();
  /** Places of arrays of the pool that are in use. */
  readonly #inUse = new Set<number>();
  #isUsual = true;
  /** What was last asked of blockSavedSize, and the answer: it depends on how many objects a batch has. */
  #saved: { readonly size: number; readonly args: readonly Argument[] } | undefined;

  constructor({ addon, given, variables, rng }: RecordingStart) {
    this.#variables = variables;
    this.addon = this.#writtenDown(addon);
    this.#streams.set(rng, 0);
    for (const [index, values] of given.entries()) this.#add({ kind: 'given', index }, values);
  }

  /** Whether nothing has been seen that could not be repeated. */
  get isUsual(): boolean {
    return this.#isUsual;
  }

  /** Something was done that no repetition would do. */
  refuse(): void {
    this.#isUsual = false;
  }

  took(values: Float32Array): void {
    const place = this.#add({ kind: 'pooled' }, values);
    this.#inUse.add(place);
    const size = this.#saved?.size === values.length ? this.#saved.args : values.length;
    this.#saved = undefined;
    this.instructions.push({ do: 'take', place, size });
  }

  gave(values: Values): void {
    const place = this.#places.get(values);
    if (place !== undefined && this.#inUse.delete(place)) {
      this.#places.delete(values);
      this.instructions.push({ do: 'give', place });
    } else this.refuse();
  }

  made(values: Uint8Array | Int32Array): void {
    this.#add({ kind: values instanceof Int32Array ? 'integers' : 'flags', size: values.length }, values);
  }

  /** Numbers came from JavaScript: a copy is kept, since whoever gave them may change them. */
  wrote(values: Values): void {
    if (this.#places.has(values)) return;
    if (ArrayBuffer.isView(values)) this.#add({ kind: 'constant', values: (values as TypedArray).slice() }, values);
    else this.refuse();
  }

  /** A kernel is about to hand the array of a tensor to the addon. */
  sees(dataId: object, values: Values): void {
    if (this.#places.has(values)) return;
    const variable = this.#variables.get(dataId);
    this.#add(variable ? { kind: 'variable', id: variable.id } : { kind: 'kept', dataId, values }, values);
  }

  /** A kernel needs, at once, values that the addon computes. */
  awaits(): void {
    this.instructions.push({ do: 'finish' });
  }

  forked(from: Rng, name: string, to: Rng): void {
    const [stream, made] = [this.#streams.get(from)!, this.#streams.size];
    this.#streams.set(to, made);
    this.instructions.push({ do: 'fork', from: stream, name, to: made });
  }

  drew(stream: Rng, draw: Draw, values: Float32Array): void {
    const place = this.#add({ kind: 'drawn' }, values);
    this.draws.push(draw);
    this.instructions.push({ do: 'draw', stream: this.#streams.get(stream)!, place });
  }

  drewOtherwise(): void {
    this.refuse();
  }

  /** Places of the outputs, if these and nothing else are left. */
  places(outputs: readonly Values[]): number[] | undefined {
    const places = new Set(outputs.map((values) => this.#places.get(values)));
    const areLeft = [...places].every((place) => place !== undefined && this.#inUse.has(place));
    if (!areLeft || places.size !== outputs.length || places.size !== this.#inUse.size) return undefined;
    return [...places] as number[];
  }

  #add(source: Source, values: unknown): number {
    const place = this.sources.push(source) - 1;
    this.#places.set(values, place);
    return place;
  }

  #writtenDown(addon: Addon): Addon {
    const calls = CALLS.map((name) => [
      name,
      (...args: unknown[]) => {
        this.instructions.push({ do: 'call', name, args: args.map((each) => this.#argument(each)) });
        (addon[name] as (...args: unknown[]) => void)(...args);
      },
    ]);
    const blockSavedSize: Addon['blockSavedSize'] = (...args) => {
      const size = addon.blockSavedSize(...args);
      this.#saved = { size, args: args.map((each) => this.#argument(each)) };
      return size;
    };
    return { ...addon, ...Object.fromEntries(calls), blockSavedSize };
  }

  #argument(value: unknown): Argument {
    if (Array.isArray(value)) return value.map((each) => this.#argument(each));
    if (!ArrayBuffer.isView(value)) return value as number | boolean | null;
    const place = this.#places.get(value);
    if (place !== undefined) return new Place(place);
    // Shapes and steps, which kernels make anew for each call.
    if (!(value instanceof Int32Array)) this.refuse();
    return new Place(this.sources.push({ kind: 'constant', values: value as Int32Array }) - 1);
  }
}

/** What computes and may be repeated: all that returns nothing. */
const CALLS = [
  ...(['unary', 'binary', 'compare', 'select', 'fill', 'convert', 'reduce', 'softmax', 'copy', 'gather'] as const),
  ...(['segmentSum', 'whereLeast', 'oneHot', 'matrixProduct', 'blockForward', 'blockBackward'] as const),
];
