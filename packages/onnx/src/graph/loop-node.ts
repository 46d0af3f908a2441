import type { Constant, Graph, GraphNode, GraphValue } from './graph.js';

/** What a loop repeats. */
export interface LoopBody {
  /** Its own, which names of what belongs to it begin with. */
  readonly name: string;
  /** Whether another turn follows; absent: until there have been as many as may be. */
  readonly goesOn?: GraphValue | undefined;
  /** What a turn is given, whose names are its own, and what it hands on of the same types and shapes. */
  readonly carried: readonly { readonly given: GraphValue; readonly next: GraphValue }[];
  readonly nodes: readonly GraphNode[];
}

/** How often a loop repeats its body. */
export function turnsOf(name: string, most: number): Constant {
  return { name: `${name}_steps`, type: 'int64', shape: [], elements: BigInt64Array.of(BigInt(most)) };
}

/** The number of the turn, in the body of a loop. */
export function iterationOf(name: string): GraphValue {
  return { name: `${name}_iteration`, type: 'int64', shape: [] };
}

/** A `Loop`, of what its first turn is given and what its last gives. */
export function loopNode(body: LoopBody, initial: readonly GraphValue[], final: readonly GraphValue[]): GraphNode {
  const inputs = [turnsOf(body.name, 0).name, '', ...initial.map(({ name }) => name)];
  return { operation: 'Loop', inputs, outputs: final, attributes: { body: bodyGraph(body) } };
}

/** The body of a loop: its inputs and outputs are whether to go on, then what is carried. */
function bodyGraph({ name, goesOn, carried, nodes }: LoopBody): Graph {
  const proceed: GraphValue = { name: `${name}_proceed`, type: 'bool', shape: [] };
  const results = [goesOn ?? proceed, ...carried.map(({ next }) => next)];
  const outputs = results.map((value, i) => ({ ...value, name: `${name}_next_${i}` }));
  const passing = results.map((value, i) => identity(value.name, outputs[i]!));
  const inputs = [iterationOf(name), proceed, ...carried.map(({ given }) => given)];
  return { name, inputs, outputs, constants: [], nodes: [...nodes, ...passing] };
}

/** A node that gives a value another name. */
export function identity(from: string, to: GraphValue): GraphNode {
  return { operation: 'Identity', inputs: [from], outputs: [to], attributes: {} };
}
