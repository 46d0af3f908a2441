import { PbfWriter } from 'pbf';
import {
  type Constant,
  ELEMENT_NUMBERS,
  type Graph,
  type GraphNode,
  type GraphValue,
  isGraph,
  type NodeAttributes,
} from './graph.js';

/** Version of the operations of ONNX's default domain; ONNX Runtime has it from version 1.12 on. */
export const OPSET = 17;

/** Version of the file format. */
const IR_VERSION = 8;

/** The name of the length that is the number of rows. */
export const ROWS = 'rows';

/** What a file says beside its graph. */
export interface FileNotes {
  /** Version of this package. */
  readonly version: string;
  /** For readers, in a sentence or two. */
  readonly description: string;
  /** Anything else, by name. */
  readonly properties?: Readonly<Record<string, string>>;
}

/**
 * The bytes of an ONNX file (onnx.proto, messages `ModelProto` and below).
 * @param batch the number whose multiples among lengths are the number of rows.
 */
export function encodeOnnx(
  graph: Graph,
  batch: number,
  { version, description, properties = {} }: FileNotes,
): Uint8Array {
  const writer = new PbfWriter();
  writer.writeVarintField(1, IR_VERSION);
  writer.writeStringField(2, 'unfold-zoo');
  writer.writeStringField(3, version);
  writer.writeStringField(6, description);
  writer.writeMessage(7, (each: Graph, to) => writeGraph(each, to, batch), graph);
  writer.writeMessage(8, (opset: number, to) => to.writeVarintField(2, opset), OPSET);
  for (const entry of Object.entries(properties)) writer.writeMessage(14, writeProperty, entry);
  return writer.finish();
}

function writeProperty([key, value]: readonly [string, string], writer: PbfWriter): void {
  writer.writeStringField(1, key);
  writer.writeStringField(2, value);
}

function writeGraph({ name, inputs, outputs, constants, nodes }: Graph, writer: PbfWriter, batch: number): void {
  for (const node of nodes) writer.writeMessage(1, (each: GraphNode, to) => writeNode(each, to, batch), node);
  writer.writeStringField(2, name);
  for (const constant of constants) writer.writeMessage(5, writeTensor, constant);
  const writeDeclared = (value: GraphValue, to: PbfWriter): void => writeValue(value, to, batch);
  for (const input of inputs) writer.writeMessage(11, writeDeclared, input);
  for (const output of outputs) writer.writeMessage(12, writeDeclared, output);
}

function writeNode({ operation, inputs, outputs, attributes }: GraphNode, writer: PbfWriter, batch: number): void {
  for (const input of inputs) writer.writeStringField(1, input);
  for (const { name } of outputs) writer.writeStringField(2, name);
  writer.writeStringField(3, `${operation} ${outputs[0]!.name}`);
  writer.writeStringField(4, operation);
  for (const attribute of Object.entries(attributes))
    writer.writeMessage(5, (each: typeof attribute, to) => writeAttribute(each, to, batch), attribute);
}

/** Numbers of the types of attributes. */
const ATTRIBUTE = { float: 1, int: 2, graph: 5, ints: 7 } as const;

function writeAttribute(
  [name, value]: readonly [string, NodeAttributes[string]],
  writer: PbfWriter,
  batch: number,
): void {
  writer.writeStringField(1, name);
  if (typeof value === 'number') {
    writer.writeVarintField(3, value);
    writer.writeVarintField(20, ATTRIBUTE.int);
  } else if (isGraph(value)) {
    writer.writeMessage(6, (body: Graph, to) => writeGraph(body, to, batch), value);
    writer.writeVarintField(20, ATTRIBUTE.graph);
  } else if ('real' in value) {
    writer.writeFloatField(2, value.real);
    writer.writeVarintField(20, ATTRIBUTE.float);
  } else {
    for (const each of value) writer.writeVarintField(8, each);
    writer.writeVarintField(20, ATTRIBUTE.ints);
  }
}

function writeTensor({ name, type, shape, elements }: Constant, writer: PbfWriter): void {
  for (const length of shape) writer.writeVarintField(1, length);
  writer.writeVarintField(2, ELEMENT_NUMBERS[type]);
  writer.writeStringField(8, name);
  writer.writeBytesField(9, new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength));
}

function writeValue(value: GraphValue, writer: PbfWriter, batch: number): void {
  writer.writeStringField(1, value.name);
  writer.writeMessage(
    2,
    (_: GraphValue, type) => {
      type.writeMessage(1, (_: GraphValue, tensor) => writeTensorType(value, tensor, batch), value);
    },
    value,
  );
}

function writeTensorType({ type, shape }: GraphValue, writer: PbfWriter, batch: number): void {
  writer.writeVarintField(1, ELEMENT_NUMBERS[type]);
  writer.writeMessage(
    2,
    (lengths: readonly number[], to) => {
      for (const length of lengths)
        to.writeMessage(
          1,
          (each: number, dimension) => {
            if (each !== 0 && each % batch === 0) dimension.writeStringField(2, ROWS);
            else dimension.writeVarintField(1, each);
          },
          length,
        );
    },
    shape,
  );
}
