import type { Step } from './alike-steps.js';
import type { Constant, Graph, GraphNode, GraphValue } from './graph.js';

/** A value that each step of a loop takes from the one before. */
export interface CarriedValue {
  /** What the first step is given. */
  readonly initial: GraphValue;
  /** What the next step is given: a value that the first step makes, or the number of another carried value. */
  readonly next: GraphValue | number;
  /** What it is after the last step. */
  readonly final: GraphValue;
}

/**
 * What alike steps hand on from one to the next. Undefined if they do so in no way that a loop has: if what is handed
 * on comes from elsewhere in some steps, or if something else than the last step's is used after them.
 */
export function carriedValues(
  run: readonly Step[],
  graph: Graph,
  constants: ReadonlyMap<string, Constant>,
): readonly CarriedValue[] | undefined {
  const sequences = changingInputs(run, constants);
  if (!sequences) return undefined;
  const values = valuesByName(graph);
  const carried = sequences.map((sequence) => carriedValue(sequence, sequences, run, values));
  if (carried.includes(undefined)) return undefined;
  const known = carried as CarriedValue[];
  return isAllThatIsUsedLater(run, graph, known) ? known : undefined;
}

/** Names of what a step is given from outside, step by step. */
type Sequence = readonly string[];

/** Inputs from outside that are not the same in all steps; undefined where one of the first step is several later. */
function changingInputs(run: readonly Step[], constants: ReadonlyMap<string, Constant>): Sequence[] | undefined {
  const found = new Map<string, Sequence>();
  const [first] = run as [Step];
  for (const [i, { inputs }] of first.nodes.entries()) {
    for (const [j, input] of inputs.entries()) {
      if (first.makers.has(input) || constants.has(input)) continue;
      const sequence = run.map(({ nodes }) => nodes[i]!.inputs[j]!);
      const known = found.get(input);
      if (known && known.join() !== sequence.join()) return undefined;
      found.set(input, sequence);
    }
  }
  return [...found.values()].filter((sequence) => sequence.some((name) => name !== sequence[0]));
}

function carriedValue(
  sequence: Sequence,
  all: readonly Sequence[],
  run: readonly Step[],
  values: ReadonlyMap<string, GraphValue>,
): CarriedValue | undefined {
  const initial = values.get(sequence[0]!)!;
  const last = run.at(-1)!;
  const maker = run[0]!.makers.get(sequence[1]!);
  if (maker !== undefined) {
    const isMade = run.slice(0, -1).every(({ makers }, k) => makers.get(sequence[k + 1]!) === maker);
    if (!isMade) return undefined;
    return { initial, next: run[0]!.nodes[maker]!.outputs[0]!, final: last.nodes[maker]!.outputs[0]! };
  }
  const next = all.findIndex((other) => sequence.slice(1).every((name, k) => name === other[k]));
  return next < 0 ? undefined : { initial, next, final: values.get(all[next]!.at(-1)!)! };
}

function valuesByName({ inputs, nodes }: Graph): Map<string, GraphValue> {
  const all = [...inputs, ...nodes.flatMap(({ outputs }) => outputs)];
  return new Map(all.map((value) => [value.name, value]));
}

/** Whether nothing after the steps looks at what they make but at what is carried out of the last. */
function isAllThatIsUsedLater(run: readonly Step[], { nodes }: Graph, carried: readonly CarriedValue[]): boolean {
  const made = new Set(run.flatMap(({ makers }) => [...makers.keys()]));
  const final = new Set(carried.flatMap(({ next, final }) => (typeof next === 'number' ? [] : [final.name])));
  return nodes
    .slice(run.at(-1)!.end)
    .every(({ inputs }: GraphNode) => inputs.every((name) => !made.has(name) || final.has(name)));
}
