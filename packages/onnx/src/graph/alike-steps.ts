import type { Constant, GraphNode } from './graph.js';

/** The nodes of one step of a sampler, and where they stand among all. */
export interface Step {
  readonly first: number;
  /** One after the last. */
  readonly end: number;
  readonly nodes: readonly GraphNode[];
  /** Which node of the step makes a value, by its name. */
  readonly makers: ReadonlyMap<string, number>;
}

/** The steps of a graph in their order. */
export function stepsOf(nodes: readonly GraphNode[]): Step[] {
  const steps: Step[] = [];
  for (let first = 0; first < nodes.length; ) {
    const { step } = nodes[first]!;
    let end = first + 1;
    while (end < nodes.length && nodes[end]!.step === step) end++;
    if (step !== undefined) steps.push(stepAt(nodes, first, end));
    first = end;
  }
  return steps;
}

function stepAt(all: readonly GraphNode[], first: number, end: number): Step {
  const nodes = all.slice(first, end);
  const makers = new Map(nodes.flatMap(({ outputs }, i) => outputs.map(({ name }): [string, number] => [name, i])));
  return { first, end, nodes, makers };
}

/** The first of some steps and those after it that follow each other directly and do the same. */
export function alikeSteps(steps: readonly Step[], constants: ReadonlyMap<string, Constant>): Step[] {
  const run: Step[] = steps.slice(0, 1);
  for (const next of steps.slice(1)) {
    const before = run.at(-1)!;
    if (before.end !== next.first || !areAlike(before, next, constants)) break;
    run.push(next);
  }
  return run;
}

/** Whether two steps have the same operations on values that are made alike, and constants of the same shapes. */
function areAlike(a: Step, b: Step, constants: ReadonlyMap<string, Constant>): boolean {
  if (a.nodes.length !== b.nodes.length) return false;
  return a.nodes.every((node, i) => {
    const other = b.nodes[i]!;
    if (node.operation !== other.operation || node.inputs.length !== other.inputs.length) return false;
    if (JSON.stringify(node.attributes) !== JSON.stringify(other.attributes)) return false;
    return node.inputs.every((input, j) => areAlikeInputs([input, a], [other.inputs[j]!, b], constants));
  });
}

function areAlikeInputs(
  [x, a]: readonly [string, Step],
  [y, b]: readonly [string, Step],
  constants: ReadonlyMap<string, Constant>,
): boolean {
  const [madeX, madeY] = [a.makers.get(x), b.makers.get(y)];
  if (madeX !== undefined || madeY !== undefined) return madeX === madeY;
  const [constantX, constantY] = [constants.get(x), constants.get(y)];
  if (!constantX || !constantY) return !constantX && !constantY;
  return constantX.type === constantY.type && constantX.shape.join() === constantY.shape.join();
}
