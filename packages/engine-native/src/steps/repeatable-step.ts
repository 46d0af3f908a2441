import type * as tf from '@tensorflow/tfjs-core';
import type { Rng } from '@unfold-zoo/core';
import type { RepeatedStep } from '@unfold-zoo/core/training';
import type { Addon } from '../addon.js';
import type { NativeBackend } from '../native-backend.js';
import { type Argument, type Draw, type Instruction, Place, type Repeatable, type Source } from './recording.js';

/** A step as it was recorded. */
export interface RecordedStep {
  readonly sources: readonly Source[];
  readonly instructions: readonly Instruction[];
  readonly draws: readonly Draw[];
  /** Places of the outputs. */
  readonly outputs: readonly number[];
  readonly note: object;
  /** The variables it uses, by their numbers. */
  readonly variables: ReadonlyMap<number, tf.Variable>;
}

type Values = tf.backend_util.BackendValues;

/** A recorded step, ready to be done again: a function for each instruction, on arrays found by their places. */
export class RepeatableStep {
  readonly #backend: NativeBackend;
  readonly #step: RecordedStep;
  readonly #arrays: Values[];
  readonly #streams: Rng[] = [];
  readonly #given: readonly { readonly place: number; readonly index: number }[];
  readonly #variables: readonly { readonly place: number; readonly variable: tf.Variable }[];
  readonly #kept: readonly (Source & { readonly kind: 'kept' })[];
  readonly #work: readonly (() => void)[];

  constructor(backend: NativeBackend, step: RecordedStep) {
    this.#backend = backend;
    this.#step = step;
    this.#arrays = step.sources.map((source) => firstValues(source));
    const places = [...step.sources.entries()];
    this.#given = places.flatMap(([place, each]) => (each.kind === 'given' ? { place, index: each.index } : []));
    this.#variables = places.flatMap(([place, each]) =>
      each.kind === 'variable' ? { place, variable: step.variables.get(each.id)! } : [],
    );
    this.#kept = step.sources.filter((each) => each.kind === 'kept');
    const draws = step.draws.values();
    this.#work = step.instructions.map((instruction) => this.#workOf(instruction, draws));
  }

  /** Whether the tensors that were there when it was recorded still are, and the backend is the same. */
  isValidOn(backend: NativeBackend): boolean {
    return (
      backend === this.#backend && this.#kept.every(({ dataId, values }) => this.#backend.arrayOf(dataId) === values)
    );
  }

  run(given: readonly Values[], rng: Rng): RepeatedStep {
    this.#fill(given);
    this.#streams[0] = rng;
    this.#backend.fallsBehind();
    for (const work of this.#work) work();
    const { outputs, note } = this.#step;
    const own = outputs.map((place) => this.#arrays[place] as Float32Array);
    return {
      note,
      values: () => {
        this.#backend.finish();
        return own;
      },
      release: () => {
        for (const values of own) this.#backend.pool.give(values);
      },
    };
  }

  /** What is another array each time, beside what the step makes itself: looked up here, before its instructions. */
  #fill(given: readonly Values[]): void {
    for (const { place, index } of this.#given) this.#arrays[place] = given[index]!;
    for (const { place, variable } of this.#variables) this.#arrays[place] = this.#backend.arrayOf(variable.dataId)!;
  }

  #workOf(instruction: Instruction, draws: Iterator<Draw>): () => void {
    const [backend, arrays, streams] = [this.#backend, this.#arrays, this.#streams];
    switch (instruction.do) {
      case 'take': {
        const { place, size } = instruction;
        const sizeNow = typeof size === 'number' ? () => size : this.#callOf('blockSavedSize', size);
        return () => {
          arrays[place] = backend.pool.take(sizeNow());
        };
      }
      case 'give': {
        const { place } = instruction;
        return () => backend.pool.give(arrays[place] as Float32Array);
      }
      case 'finish':
        return () => {
          backend.finish();
          backend.fallsBehind();
        };
      case 'fork': {
        const { from, name, to } = instruction;
        return () => {
          streams[to] = streams[from]!.fork(name);
        };
      }
      case 'draw': {
        const { stream, place } = instruction;
        const draw: Draw = draws.next().value;
        return () => {
          arrays[place] = draw(streams[stream]!);
        };
      }
      case 'call':
        return this.#callOf(instruction.name, instruction.args);
    }
  }

  /** The same list of arguments each time, with other arrays in it. */
  #callOf<Name extends Repeatable>(name: Name, args: readonly Argument[]): () => ReturnType<Addon[Name]> {
    const { addon } = this.#backend;
    const call: (...args: never[]) => unknown = addon[name];
    const [spots, arrays]: [Spot[], Values[]] = [[], this.#arrays];
    const list = template(args, spots);
    return () => {
      for (const { list, index, place } of spots) list[index] = arrays[place];
      return Reflect.apply(call, addon, list) as ReturnType<Addon[Name]>;
    };
  }
}

/** Where an array belongs among arguments. */
interface Spot {
  readonly list: unknown[];
  readonly index: number;
  readonly place: number;
}

/** Arguments without the arrays. */
function template(args: readonly Argument[], spots: Spot[]): unknown[] {
  const list: unknown[] = [];
  for (const [index, value] of args.entries()) {
    if (value instanceof Place) spots.push({ list, index, place: value.place });
    list.push(isList(value) ? template(value, spots) : value instanceof Place ? null : value);
  }
  return list;
}

function isList(value: Argument): value is readonly Argument[] {
  return Array.isArray(value);
}

function firstValues(source: Source): Values {
  switch (source.kind) {
    case 'constant':
    case 'kept':
      return source.values;
    case 'flags':
      return new Uint8Array(source.size);
    case 'integers':
      return new Int32Array(source.size);
    default:
      return new Float32Array(0);
  }
}
