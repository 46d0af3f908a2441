import type { RunSummary } from '@unfold-zoo/explore/view';
import type { ComponentChildren } from 'preact';
import type { RunList } from '../runs/run-list.js';
import { ask } from './ask.js';
import { Problem } from './picture.js';
import { useAnswer } from './use-answer.js';

interface RunPickerProps {
  /** Ids, with commas between them. */
  readonly chosen: string;
  /** Runs that may be chosen at once. */
  readonly most: number;
  readonly onChoose: (chosen: string) => void;
  readonly children: (runs: readonly RunSummary[]) => ComponentChildren;
}

/** Chooses among the runs that can be drawn from; what follows is about those that are chosen, the first if none is. */
export function RunPicker({ chosen, most, onChoose, children }: RunPickerProps) {
  const { value, problem, isWaiting } = useAnswer((signal) => ask<RunList>('runs', {}, signal), []);
  const usable = (value?.runs ?? []).filter(({ status }) => status !== 'broken' && status !== 'untrained');
  const ids = chosen.split(',').filter((id) => usable.some((run) => run.id === id));
  const shown = ids.length > 0 ? ids : usable.slice(0, 1).map(({ id }) => id);
  const toggle = (id: string): void => {
    const others = shown.filter((each) => each !== id);
    const next = shown.includes(id) && others.length > 0 ? others : [...others, id].slice(-most);
    onChoose(next.join(','));
  };
  if (usable.length === 0) {
    if (isWaiting) return <p>Looking for runs…</p>;
    return (
      <>
        <Problem text={problem} />
        <p>There is no trained run yet. This page shows one as soon as its training has a checkpoint.</p>
      </>
    );
  }
  return (
    <>
      <form class="controls" onSubmit={(event) => event.preventDefault()}>
        <fieldset>
          <legend>{most === 1 ? 'Run' : 'Runs'}</legend>
          {usable.map(({ id, name }) => (
            <label key={id}>
              <input
                type={most === 1 ? 'radio' : 'checkbox'}
                name="run"
                checked={shown.includes(id)}
                onChange={() => toggle(id)}
              />
              {name}
            </label>
          ))}
        </fieldset>
      </form>
      {children(shown.flatMap((id) => usable.find((run) => run.id === id) ?? []))}
    </>
  );
}
