import type { Step } from './alike-steps.js';
import type { Constant, Elements, GraphNode, GraphValue } from './graph.js';

/** Constants that differ between the steps of a loop, as tables with a row for each step. */
export interface StackedConstants {
  readonly tables: readonly Constant[];
  /** In the body of the loop: take the row of the iteration. */
  readonly nodes: readonly GraphNode[];
  /** What stands for the constants of the first step in the body, by their names. */
  readonly names: ReadonlyMap<string, string>;
}

/** The constants of alike steps that are not the same in all of them. */
export function stackedConstants(
  run: readonly Step[],
  constants: ReadonlyMap<string, Constant>,
  iteration: GraphValue,
): StackedConstants {
  const [first] = run as [Step];
  const tables: Constant[] = [];
  const nodes: GraphNode[] = [];
  const names = new Map<string, string>();
  for (const [i, { inputs }] of first.nodes.entries()) {
    for (const [j, input] of inputs.entries()) {
      const each = run.map(({ nodes }) => constants.get(nodes[i]!.inputs[j]!));
      const [constant] = each;
      if (!constant || each.every((other) => other === constant) || names.has(input)) continue;
      const table = stacked(`${iteration.name}_${tables.length}`, each as readonly Constant[]);
      const row = { name: `${table.name}_row`, type: table.type, shape: constant.shape };
      tables.push(table);
      nodes.push({
        operation: 'Gather',
        inputs: [table.name, iteration.name],
        outputs: [row],
        attributes: { axis: 0 },
      });
      names.set(input, row.name);
    }
  }
  return { tables, nodes, names };
}

function stacked(name: string, constants: readonly Constant[]): Constant {
  const [{ type, shape, elements: first }] = constants as readonly [Constant];
  const elements = new (first.constructor as new (length: number) => Elements)(constants.length * first.length);
  for (const [row, each] of constants.entries())
    (elements as Float32Array).set(each.elements as Float32Array, row * first.length);
  return { name, type, shape: [constants.length, ...shape], elements };
}
