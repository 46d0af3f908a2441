import { type Graph, type GraphNode, type GraphValue, isGraph } from './graph.js';

/** The same graph with other names for all its values, those within loops too. */
export function renamed(graph: Graph, rename: (name: string) => string): Graph {
  const value = <Value extends GraphValue>(each: Value): Value => ({ ...each, name: rename(each.name) });
  // An input that is left out has no name.
  const nodes = graph.nodes.map(({ inputs, outputs, attributes, ...rest }): GraphNode => {
    const changed = Object.entries(attributes).map(([key, each]) => [
      key,
      isGraph(each) ? renamed(each, rename) : each,
    ]);
    return {
      ...rest,
      inputs: inputs.map((name) => (name === '' ? '' : rename(name))),
      outputs: outputs.map(value),
      attributes: Object.fromEntries(changed),
    };
  });
  const { inputs, outputs, constants } = graph;
  return { ...graph, inputs: inputs.map(value), outputs: outputs.map(value), constants: constants.map(value), nodes };
}
