import { TypedInput } from '../parts/typed-input.js';
import type { AxisRange } from './binning.js';

interface ExpressionFieldProps {
  readonly title: string;
  readonly value: string;
  /** Expressions that are suggested. */
  readonly known: readonly string[];
  readonly onChange: (expression: string) => void;
}

/** An observable to be typed or chosen. */
export function ExpressionField({ title, value, known, onChange }: ExpressionFieldProps) {
  const list = `known-${title}`;
  return (
    <label class="field">
      {title}
      <TypedInput
        class="wide-input"
        list={list}
        value={value}
        spellcheck={false}
        placeholder="none"
        onDone={(field) => onChange(field.value)}
      />
      <datalist id={list}>
        {known.map((each) => (
          <option key={each} value={each} />
        ))}
      </datalist>
    </label>
  );
}

interface RangeFieldsProps {
  /** Which axis, and a space; empty for the only one. */
  readonly of: string;
  readonly range: AxisRange;
  readonly onChange: (range: AxisRange) => void;
}

/** The ends of an axis; where one is empty, it is chosen. */
export function RangeFields({ of, range: [low, high], onChange }: RangeFieldsProps) {
  return (
    <>
      <RangeEnd title={of === '' ? 'From' : `${of}from`} value={low} onChange={(value) => onChange([value, high])} />
      <RangeEnd title={of === '' ? 'to' : `${of}to`} value={high} onChange={(value) => onChange([low, value])} />
    </>
  );
}

interface RangeEndProps {
  readonly title: string;
  readonly value: number | undefined;
  readonly onChange: (value: number | undefined) => void;
}

function RangeEnd({ title, value, onChange }: RangeEndProps) {
  const read = (text: string): void =>
    onChange(text === '' || !Number.isFinite(Number(text)) ? undefined : Number(text));
  return (
    <label>
      {title}
      <TypedInput
        type="number"
        step="any"
        value={value ?? ''}
        placeholder="auto"
        onDone={(field) => read(field.value)}
      />
    </label>
  );
}
