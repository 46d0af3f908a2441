import { type Constant, ELEMENT_NUMBERS, type ElementType, type GraphValue } from '../graph/graph.js';
import type { GraphRecorder } from '../recording/graph-recorder.js';

/** A value as another type of element. */
export function castTo(recorder: GraphRecorder, value: GraphValue, type: ElementType): GraphValue {
  if (value.type === type) return value;
  const constant = recorder.constantOf(value);
  if (constant && type === 'double') return asDouble(recorder, constant);
  return recorder.node('Cast', [value], { type, shape: value.shape }, { to: ELEMENT_NUMBERS[type] });
}

function asDouble(recorder: GraphRecorder, { elements, shape, name }: Constant): GraphValue {
  const numbers = Float64Array.from(elements as ArrayLike<number>);
  return recorder.constant(numbers, { type: 'double', shape }, `${name}_double`);
}

/** Values of one type: where one is a double, all real numbers are. */
export function promote(recorder: GraphRecorder, values: readonly GraphValue[]): readonly GraphValue[] {
  if (!values.some(({ type }) => type === 'double')) return values;
  return values.map((value) => (value.type === 'float' ? castTo(recorder, value, 'double') : value));
}
