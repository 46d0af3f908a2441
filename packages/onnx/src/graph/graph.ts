/** Types of the elements of values, as ONNX names them. */
export type ElementType = 'float' | 'double' | 'int32' | 'int64' | 'bool';

/** What onnx.proto has for them in `TensorProto.DataType`. */
export const ELEMENT_NUMBERS: Readonly<Record<ElementType, number>> = {
  float: 1,
  int32: 6,
  int64: 7,
  bool: 9,
  double: 11,
};

/** A tensor of a graph: what goes in, what a node gives, or a constant. */
export interface GraphValue {
  readonly name: string;
  readonly type: ElementType;
  /** Lengths; where events are told apart, `GraphRecorder.batch` times a number. */
  readonly shape: readonly number[];
}

/** Elements of a constant, row-major; of `bool` one byte each. */
export type Elements = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array;

/** A tensor that a graph holds, such as a weight. */
export interface Constant extends GraphValue {
  readonly elements: Elements;
}

/** Attributes of a node: whole numbers, lists of them, real numbers, and the body of a loop. */
export type NodeAttributes = Readonly<Record<string, number | readonly number[] | { readonly real: number } | Graph>>;

/** One operation. */
export interface GraphNode {
  /** Its name in the default domain of ONNX, e.g. `MatMul`. */
  readonly operation: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly GraphValue[];
  readonly attributes: NodeAttributes;
  /** Number of the sampler's step that it belongs to, where it belongs to one. */
  readonly step?: number | undefined;
}

/** Nodes in an order in which they can be computed. */
export interface Graph {
  readonly name: string;
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
  readonly constants: readonly Constant[];
  readonly nodes: readonly GraphNode[];
}

/** Whether an attribute is the body of a loop. */
export function isGraph(attribute: NodeAttributes[string]): attribute is Graph {
  return typeof attribute === 'object' && 'nodes' in attribute;
}
