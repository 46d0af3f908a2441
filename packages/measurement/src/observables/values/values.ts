/** What a part of an expression is. */
export type ValueKind = 'number' | 'condition' | 'momentum' | 'objects';

/** One number of each event, [n]. NaN where an event has none. */
export interface NumberValue {
  readonly kind: 'number';
  readonly values: Float64Array;
}

/** Whether something is so in each event, [n]: 1 or 0. Comparisons with NaN are 0. */
export interface ConditionValue {
  readonly kind: 'condition';
  readonly values: Float64Array;
}

/** A four-vector of each event: columns [n] in GeV, all NaN where an event has none. */
export interface MomentumValue {
  readonly kind: 'momentum';
  readonly energy: Float64Array;
  readonly px: Float64Array;
  readonly py: Float64Array;
  readonly pz: Float64Array;
  /** [n] GeV, if it is known by itself, as the regressed mass of a particle is; else it follows from E and p. */
  readonly mass?: Float64Array;
  /** Other numbers of a detector object by name, columns [n]. */
  feature?(name: string): Float64Array;
}

/** Detector objects of each event, those with the largest pT first. */
export interface ObjectsValue {
  readonly kind: 'objects';
  /** [n] objects of each event. */
  readonly count: Float64Array;
  /** The most objects that an event may have. */
  readonly capacity: number;
  /** Object `index` of each event, from 0; NaN where an event has fewer. */
  element(index: number): MomentumValue;
}

/** The value of a part of an expression in a block of n events. */
export type Value = NumberValue | ConditionValue | MomentumValue | ObjectsValue;

/** The value of a kind. */
export type ValueOf<Kind extends ValueKind> = Extract<Value, { kind: Kind }>;

/** A column [n] of numbers. */
export function numbers(values: Float64Array): NumberValue {
  return { kind: 'number', values };
}

/** A column [n] computed event by event. */
export function eachEvent(count: number, compute: (event: number) => number): Float64Array {
  const column = new Float64Array(count);
  for (let i = 0; i < count; i++) column[i] = compute(i);
  return column;
}
