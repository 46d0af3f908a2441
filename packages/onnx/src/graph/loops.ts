import { alikeSteps, type Step, stepsOf } from './alike-steps.js';
import { type CarriedValue, carriedValues } from './carried-values.js';
import type { Constant, Graph, GraphNode, GraphValue } from './graph.js';
import { type StackedConstants, stackedConstants } from './stacked-constants.js';

/** Fewer steps than this are left as they are. */
const FEWEST_STEPS = 3;

/**
 * The same graph with the alike steps of a sampler in a `Loop`, so that its size does not grow with their number. What
 * a step hands to the next is carried by the loop; constants that differ from step to step, such as noise levels,
 * become tables with a row for each. Steps that are unlike their neighbours stay as they are.
 */
export function rollLoops(graph: Graph): Graph {
  const constants = new Map(graph.constants.map((constant) => [constant.name, constant]));
  const added: Constant[] = [];
  const nodes: GraphNode[] = [];
  const steps = stepsOf(graph.nodes);
  for (let at = 0; at < graph.nodes.length; ) {
    const run = alikeSteps(
      steps.filter(({ first }) => first >= at),
      constants,
    );
    const loop = run[0]?.first === at && run.length >= FEWEST_STEPS ? loopOf(run, graph, constants) : undefined;
    if (loop) {
      added.push(...loop.constants);
      nodes.push(loop.node);
      at = run.at(-1)!.end;
    } else nodes.push(graph.nodes[at++]!);
  }
  return { ...graph, nodes, constants: withoutUnused([...graph.constants, ...added], nodes) };
}

/** A loop, and the constants that it needs besides. */
interface RolledLoop {
  readonly node: GraphNode;
  readonly constants: readonly Constant[];
}

function loopOf(run: readonly Step[], graph: Graph, constants: ReadonlyMap<string, Constant>): RolledLoop | undefined {
  const carried = carriedValues(run, graph, constants);
  if (!carried) return undefined;
  const name = `loop_${run[0]!.first}`;
  const iteration: GraphValue = { name: `${name}_iteration`, type: 'int64', shape: [] };
  const stacked = stackedConstants(run, constants, iteration);
  const trips = scalar(`${name}_steps`, run.length);
  const body = bodyOf(run[0]!, { name, iteration, carried, stacked });
  const inputs = [trips.name, '', ...carried.map(({ initial }) => initial.name)];
  const outputs = carried.map(({ final }) => final);
  return { constants: [trips, ...stacked.tables], node: { operation: 'Loop', inputs, outputs, attributes: { body } } };
}

/** What the body of a loop is made of, beside the nodes of a step. */
interface BodyParts {
  readonly name: string;
  readonly iteration: GraphValue;
  readonly carried: readonly CarriedValue[];
  readonly stacked: StackedConstants;
}

/** One step as the body of a loop: its inputs and outputs are whether to go on, then what is carried. */
function bodyOf({ nodes }: Step, { name, iteration, carried, stacked }: BodyParts): Graph {
  const proceed: GraphValue = { name: `${name}_proceed`, type: 'bool', shape: [] };
  const given = carried.map(({ initial }, i) => ({ ...initial, name: `${name}_carried_${i}` }));
  const initials = carried.map(({ initial }, i): [string, string] => [initial.name, given[i]!.name]);
  const renamed = new Map([...stacked.names, ...initials]);
  const results = [proceed, ...carried.map(({ next }) => (typeof next === 'number' ? given[next]! : next))];
  const outputs = results.map((value, i) => ({ ...value, name: `${name}_next_${i}` }));
  const passing = results.map((value, i) => identity(value.name, outputs[i]!));
  const all = [...stacked.nodes, ...nodes.map((node) => withInputs(node, renamed)), ...passing];
  return { name, inputs: [iteration, proceed, ...given], outputs, constants: [], nodes: all };
}

function withInputs(node: GraphNode, renamed: ReadonlyMap<string, string>): GraphNode {
  return { ...node, inputs: node.inputs.map((input) => renamed.get(input) ?? input) };
}

function identity(from: string, to: GraphValue): GraphNode {
  return { operation: 'Identity', inputs: [from], outputs: [to], attributes: {} };
}

function scalar(name: string, value: number): Constant {
  return { name, type: 'int64', shape: [], elements: BigInt64Array.of(BigInt(value)) };
}

function withoutUnused(constants: readonly Constant[], nodes: readonly GraphNode[]): Constant[] {
  const used = new Set(nodes.flatMap(usedBy));
  return constants.filter(({ name }) => used.has(name));
}

function usedBy({ inputs, attributes }: GraphNode): string[] {
  const body = attributes['body'] as Graph | undefined;
  return [...inputs, ...(body?.nodes.flatMap(usedBy) ?? [])];
}
