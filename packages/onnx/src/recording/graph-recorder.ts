import * as tf from '@tensorflow/tfjs-core';
import { STEP_SCOPE } from '@unfold-zoo/core/diffusion';
import { sha256 } from '@unfold-zoo/core/files';
import type { Constant, Elements, ElementType, Graph, GraphNode, GraphValue, NodeAttributes } from '../graph/graph.js';
import { loopNode, turnsOf } from '../graph/loop-node.js';

/** Type and shape of what a node gives. */
export type Output = Pick<GraphValue, 'type' | 'shape'>;

/**
 * A graph as it is recorded. The number of rows, one for each draw, is not known then: `batch` stands for it, a prime
 * that no other length is a multiple of.
 */
export class GraphRecorder {
  readonly #inputs: GraphValue[] = [];
  readonly #nodes: GraphNode[] = [];
  /** Where nodes are added: all of the graph, or those in the body of a loop. */
  #current = this.#nodes;
  readonly #constants = new Map<string, Constant>();
  /** Constants by their content. */
  readonly #byContent = new Map<string, Constant>();
  readonly #names = new Map<string, number>();
  #rows: GraphValue | undefined;

  constructor(readonly batch: number) {}

  /** Declares an input. */
  input(name: string, { type, shape }: Output): GraphValue {
    const input = { name: this.#nameOf(name), type, shape };
    this.#inputs.push(input);
    return input;
  }

  /** Another shape for an input, where it is known in the end only. */
  reshapeInput({ name, type }: GraphValue, shape: readonly number[]): void {
    this.#inputs[this.#inputs.findIndex((input) => input.name === name)] = { name, type, shape };
  }

  /** A constant; one of the same content is made once. */
  constant(elements: Elements, { type, shape }: Output, name = 'constant'): Constant {
    const bytes = new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength);
    const content = `${type} ${shape.join()} ${sha256([bytes])}`;
    const known = this.#byContent.get(content);
    if (known) return known;
    const made = { name: this.#nameOf(name), type, shape, elements: elements.slice() };
    this.#byContent.set(content, made);
    this.#constants.set(made.name, made);
    return made;
  }

  /** A constant list of whole numbers, as axes and shapes are given. */
  integers(values: readonly number[]): Constant {
    return this.constant(BigInt64Array.from(values, BigInt), { type: 'int64', shape: [values.length] });
  }

  /** The constant of that name, if a value is one. */
  constantOf({ name }: GraphValue): Constant | undefined {
    return this.#constants.get(name);
  }

  /** Adds a node; returns what it gives. */
  node(operation: string, inputs: readonly GraphValue[], output: Output, attributes: NodeAttributes = {}): GraphValue {
    const made = { name: this.#nameOf(operation.toLowerCase()), type: output.type, shape: output.shape };
    const names = inputs.map(({ name }) => name);
    this.#current.push({ operation, inputs: names, outputs: [made], attributes, step: scopeNamed(STEP_SCOPE) });
    return made;
  }

  /**
   * Adds a loop of `most` turns at most. What one turn does is recorded by `turn`, from what it is given, as `initial`,
   * to what it hands on and whether another follows. Returns what the last gives.
   */
  loop(
    initial: readonly GraphValue[],
    most: number,
    turn: (given: readonly GraphValue[]) => { readonly goesOn: GraphValue; readonly next: readonly GraphValue[] },
  ): readonly GraphValue[] {
    const name = this.#nameOf('loop');
    const given = initial.map((value) => ({ ...value, name: this.#nameOf(`${name}_carried`) }));
    const final = initial.map((value) => ({ ...value, name: this.#nameOf(`${name}_final`) }));
    const { goesOn, next, nodes } = this.#inBody(() => turn(given));
    const turns = turnsOf(name, most);
    this.#constants.set(turns.name, turns);
    const carried = given.map((value, i) => ({ given: value, next: next[i]! }));
    this.#current.push(loopNode({ name, goesOn, carried, nodes }, initial, final));
    return final;
  }

  #inBody<Result>(record: () => Result): Result & { readonly nodes: readonly GraphNode[] } {
    const [outer, nodes] = [this.#current, [] as GraphNode[]];
    this.#current = nodes;
    try {
      return { ...record(), nodes };
    } finally {
      this.#current = outer;
    }
  }

  /** The shape of a row for each draw, each of some lengths, for an `Expand`. */
  rowsTimes(lengths: readonly number[]): GraphValue {
    this.#rows ??= this.#rowsOfFirstInput();
    const shape = [1 + lengths.length];
    return this.node('Concat', [this.#rows, this.integers(lengths)], { type: 'int64', shape }, { axis: 0 });
  }

  // Before all nodes, so that each of them may look at it.
  #rowsOfFirstInput(): GraphValue {
    const rows = { name: this.#nameOf('rows'), type: 'int64', shape: [1] } as const;
    const attributes = { start: 0, end: 1 };
    this.#nodes.unshift({ operation: 'Shape', inputs: [this.#inputs[0]!.name], outputs: [rows], attributes });
    return rows;
  }

  /** Whether a length is the number of rows, or a multiple. */
  isRows(length: number): boolean {
    return length !== 0 && length % this.batch === 0;
  }

  /** All that is recorded, with what of it comes out, by name. */
  graph(name: string, outputs: Readonly<Record<string, GraphValue>>): Graph {
    const named = Object.entries(outputs).map(([output, value]) => {
      const named = { ...value, name: this.#nameOf(output) };
      this.#nodes.push({ operation: 'Identity', inputs: [value.name], outputs: [named], attributes: {} });
      return named;
    });
    return { name, inputs: this.#inputs, outputs: named, constants: [...this.#constants.values()], nodes: this.#nodes };
  }

  #nameOf(wanted: string): string {
    const count = this.#names.get(wanted) ?? 0;
    this.#names.set(wanted, count + 1);
    return count === 0 ? wanted : this.#nameOf(`${wanted}_${count}`);
  }
}

/** Number of the tfjs scope of a name, such as that of a step of a sampler, if that is where we are. */
export function scopeNamed(wanted: string): number | undefined {
  const { scopeStack } = tf.engine().state;
  return scopeStack.find(({ name }) => name === wanted)?.id;
}

/** Element types that are whole numbers or truths, by tfjs's names. */
export function elementType(dtype: tf.DataType): ElementType {
  if (dtype === 'float32') return 'float';
  if (dtype === 'int32' || dtype === 'bool') return dtype;
  throw new Error(`invalid tensor: ${dtype} has no place in a graph`);
}
