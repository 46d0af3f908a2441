import { type Graph, type GraphNode, type GraphValue, isGraph } from './graph.js';
import { identity } from './loop-node.js';

/**
 * The same graph whose loops are handed, from turn to turn, what they would look at outside beside the value that it is
 * made of. ONNX Runtime gives the output of an operation that does nothing the name of its input, and warns of a body
 * that knows both.
 */
export function withoutDerivedCaptures(graph: Graph): Graph {
  const made = new Map(graph.nodes.flatMap((node) => node.outputs.map((value) => [value.name, { node, value }])));
  const constants = new Set(graph.constants.map(({ name }) => name));
  const nodes = graph.nodes.map((node) => {
    const { body } = node.attributes;
    if (body === undefined || !isGraph(body)) return node;
    const used = new Set(body.nodes.flatMap(({ inputs }) => inputs));
    const derived = [...used].flatMap((name) => {
      const { node: maker, value } = made.get(name) ?? {};
      const origin = maker?.inputs[0];
      return origin && used.has(origin) && !constants.has(origin) ? [value!] : [];
    });
    return handingOn(node, body, derived);
  });
  return { ...graph, nodes };
}

/** A loop that is given values and hands them on as they are. */
function handingOn(loop: GraphNode, body: Graph, values: readonly GraphValue[]): GraphNode {
  const named = (kind: string) => values.map((value, i) => ({ ...value, name: `${body.name}_${kind}_${i}` }));
  const [given, handed, final] = [named('given'), named('handed'), named('left')];
  const names = new Map(values.map(({ name }, i) => [name, given[i]!.name]));
  const nodes = body.nodes.map((node) => ({ ...node, inputs: node.inputs.map((name) => names.get(name) ?? name) }));
  const changed: Graph = {
    ...body,
    inputs: [...body.inputs, ...given],
    outputs: [...body.outputs, ...handed],
    nodes: [...nodes, ...given.map(({ name }, i) => identity(name, handed[i]!))],
  };
  return {
    ...loop,
    inputs: [...loop.inputs, ...values.map(({ name }) => name)],
    outputs: [...loop.outputs, ...final],
    attributes: { body: changed },
  };
}
