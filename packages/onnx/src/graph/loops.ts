import { alikeSteps, type Step, stepsOf } from './alike-steps.js';
import { type CarriedValue, carriedValues } from './carried-values.js';
import type { Constant, Graph, GraphNode } from './graph.js';
import { iterationOf, type LoopBody, loopNode, turnsOf } from './loop-node.js';
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
  const stacked = stackedConstants(run, constants, iterationOf(name));
  const body = bodyOf(run[0]!, { name, carried, stacked });
  const node = loopNode(
    body,
    carried.map(({ initial }) => initial),
    carried.map(({ final }) => final),
  );
  return { constants: [turnsOf(name, run.length), ...stacked.tables], node };
}

/** What the body of a loop is made of, beside the nodes of a step. */
interface BodyParts {
  readonly name: string;
  readonly carried: readonly CarriedValue[];
  readonly stacked: StackedConstants;
}

/** One step as the body of a loop. */
function bodyOf({ nodes }: Step, { name, carried, stacked }: BodyParts): LoopBody {
  const given = carried.map(({ initial }, i) => ({ ...initial, name: `${name}_carried_${i}` }));
  const initials = carried.map(({ initial }, i): [string, string] => [initial.name, given[i]!.name]);
  const renamed = new Map([...stacked.names, ...initials]);
  return {
    name,
    carried: carried.map(({ next }, i) => ({ given: given[i]!, next: typeof next === 'number' ? given[next]! : next })),
    nodes: [...stacked.nodes, ...nodes.map((node) => withInputs(node, renamed))],
  };
}

function withInputs(node: GraphNode, renamed: ReadonlyMap<string, string>): GraphNode {
  return { ...node, inputs: node.inputs.map((input) => renamed.get(input) ?? input) };
}

function withoutUnused(constants: readonly Constant[], nodes: readonly GraphNode[]): Constant[] {
  const used = new Set(nodes.flatMap(usedBy));
  return constants.filter(({ name }) => used.has(name));
}

function usedBy({ inputs, attributes }: GraphNode): string[] {
  const body = attributes['body'] as Graph | undefined;
  return [...inputs, ...(body?.nodes.flatMap(usedBy) ?? [])];
}
