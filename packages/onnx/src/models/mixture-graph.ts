import type { Constant, Graph, GraphNode, GraphValue } from '../graph/graph.js';
import { identity } from '../graph/loop-node.js';
import { renamed } from '../graph/renamed.js';
import type { RecordedGraph } from '../recording/record.js';

/** The input that says which member makes a draw: [rows] whole numbers from 0 on. */
export const MEMBER = 'member';

/**
 * The graphs of the members of an ensemble, which have the same inputs and outputs, as one: the input `member` says for
 * each row which of them computes it, and each sees its own rows alone. A row of no member is not a number.
 */
export function mixtureGraph(graphs: readonly RecordedGraph[]): RecordedGraph {
  const { graph: first, batch } = graphs[0]!;
  const member: GraphValue = { name: MEMBER, type: 'float', shape: [batch] };
  const count: GraphValue = { name: 'rows', type: 'int64', shape: [1] };
  const outputs = first.outputs.map((output) => emptyRows(output, batch, count));
  const parts = graphs.map(({ graph }, i) => memberGraph(graph, i, batch));
  return {
    graph: {
      name: first.name,
      inputs: [...first.inputs, member],
      outputs: first.outputs,
      constants: [...outputs, ...parts].flatMap(({ constants }) => constants),
      nodes: [
        { operation: 'Shape', inputs: [MEMBER], outputs: [count], attributes: {} },
        ...outputs.flatMap(({ nodes }) => nodes),
        ...parts.flatMap(({ nodes }) => nodes),
        ...first.outputs.map(({ name }, i) => identity(scattered(name, graphs.length - 1), first.outputs[i]!)),
      ],
    },
    batch,
  };
}

type Part = Pick<Graph, 'constants' | 'nodes'>;

/** The output of a member, or of those up to it, among all rows. */
function scattered(output: string, member: number): string {
  return `${output}_up_to_member_${member}`;
}

/** Rows that no member has computed yet. */
function emptyRows({ name, type, shape }: GraphValue, batch: number, count: GraphValue): Part {
  const lengths = shape.slice(1);
  const row: Constant = { name: `${name}_of_none`, type, shape: [1], elements: Float32Array.of(Number.NaN) };
  const rest = integers(`${name}_lengths`, lengths);
  const all: GraphValue = { name: `${name}_shape`, type: 'int64', shape: [1 + lengths.length] };
  const empty: GraphValue = { name: scattered(name, -1), type, shape: [batch, ...lengths] };
  return {
    constants: [row, rest],
    nodes: [
      { operation: 'Concat', inputs: [count.name, rest.name], outputs: [all], attributes: { axis: 0 } },
      { operation: 'Expand', inputs: [row.name, all.name], outputs: [empty], attributes: {} },
    ],
  };
}

/** A member on its own rows, and what it gives among those of the members before it. */
function memberGraph(graph: Graph, index: number, batch: number): Part {
  const own = (name: string): string => `members.${index}.${name}`;
  const { inputs, constants, nodes, outputs } = renamed(graph, own);
  const number: Constant = { name: own('number'), type: 'float', shape: [], elements: Float32Array.of(index) };
  const isOwn: GraphValue = { name: own('is_own'), type: 'bool', shape: [batch] };
  const places: GraphValue = { name: own('places'), type: 'int64', shape: [1, batch] };
  const columns: GraphValue = { name: own('place_columns'), type: 'int64', shape: [batch, 1] };
  const picked = graph.inputs.map(
    ({ name }, i): GraphNode => ({
      operation: 'Compress',
      inputs: [name, isOwn.name],
      outputs: [inputs[i]!],
      attributes: { axis: 0 },
    }),
  );
  const placed = graph.outputs.map(
    (output, i): GraphNode => ({
      operation: 'ScatterND',
      inputs: [scattered(output.name, index - 1), columns.name, outputs[i]!.name],
      outputs: [{ ...output, name: scattered(output.name, index) }],
      attributes: {},
    }),
  );
  return {
    constants: [...constants, number],
    nodes: [
      { operation: 'Equal', inputs: [MEMBER, number.name], outputs: [isOwn], attributes: {} },
      { operation: 'NonZero', inputs: [isOwn.name], outputs: [places], attributes: {} },
      { operation: 'Transpose', inputs: [places.name], outputs: [columns], attributes: { perm: [1, 0] } },
      ...picked,
      ...nodes,
      ...placed,
    ],
  };
}

function integers(name: string, values: readonly number[]): Constant {
  return { name, type: 'int64', shape: [values.length], elements: BigInt64Array.from(values, BigInt) };
}
