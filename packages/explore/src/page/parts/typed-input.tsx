import type { InputHTMLAttributes } from 'preact';
import { useState } from 'preact/hooks';

interface TypedInputProps extends Omit<InputHTMLAttributes, 'value' | 'onInput' | 'onChange' | 'onBlur'> {
  /** What it shows while nobody types. */
  readonly value: string | number;
  /** Told of the field when the text is done: at Enter, a step of the arrows, or on leaving it. */
  readonly onDone: (field: HTMLInputElement) => void;
}

/** A field for text. What is being typed stays there when the page around it is drawn anew, as while draws flow in. */
export function TypedInput({ value, onDone, ...rest }: TypedInputProps) {
  const [typed, setTyped] = useState<string>();
  return (
    <input
      {...rest}
      value={typed ?? value}
      onInput={({ currentTarget }) => setTyped(currentTarget.value)}
      onChange={({ currentTarget }) => {
        setTyped(undefined);
        onDone(currentTarget);
      }}
      onBlur={() => setTyped(undefined)}
    />
  );
}
