import type { DrawFileView, RunSummary } from '@unfold-zoo/explore/view';
import { useState } from 'preact/hooks';
import { ask, order, whoAnswers } from '../parts/ask.js';
import { Problem } from '../parts/picture.js';
import { usePlace } from '../parts/place.js';
import { RunPicker } from '../parts/run-picker.js';
import { TypedInput } from '../parts/typed-input.js';
import { textOf, useAnswer } from '../parts/use-answer.js';
import type { ShownDraws } from './shown-draws.js';
import { Spectrum } from './spectrum.js';

/** Models whose spectra are shown at once. */
const MOST_MODELS = 7;

/** Spectra of observables of draws, several models over the truth. */
export function DistributionsPage() {
  const { values, go } = usePlace();
  return (
    <>
      <h2>Distributions</h2>
      <RunPicker chosen={values['runs'] ?? ''} most={MOST_MODELS} onChoose={(runs) => go({ runs })}>
        {(runs) => <SpectraOfRuns key={runs.map(({ id }) => id).join()} runs={runs} />}
      </RunPicker>
    </>
  );
}

function SpectraOfRuns({ runs }: { readonly runs: readonly RunSummary[] }) {
  const [made, setMade] = useState(0);
  const [chosen, setChosen] = useState<Readonly<Record<string, string>>>({});
  const { value, problem } = useAnswer(
    (signal) => Promise.all(runs.map(({ id }) => ask<DrawFileView[]>('draws', { run: id }, signal))),
    [runs.map(({ id }) => id).join(), made],
  );
  if (!value) return problem === undefined ? <p>Looking for draws…</p> : <Problem text={problem} />;
  const fileOf = (run: RunSummary, i: number): DrawFileView | undefined =>
    value[i]!.find(({ name }) => name === chosen[run.id]) ?? value[i]![0];
  const shown = runs.flatMap((run, i): ShownDraws[] => {
    const file = fileOf(run, i);
    return file ? [{ run, file }] : [];
  });
  return (
    <>
      {runs.map((run, i) => (
        <div key={run.id} class="controls">
          <strong>{run.label}</strong>
          {value[i]!.length > 0 ? (
            <label>
              Draws
              <select
                value={fileOf(run, i)?.name}
                onChange={({ currentTarget }) => setChosen({ ...chosen, [run.id]: currentTarget.value })}
              >
                {value[i]!.map(({ name, events, draws }) => (
                  <option key={name} value={name}>
                    {name}: {events.toLocaleString()} events × {draws}
                  </option>
                ))}
              </select>
            </label>
          ) : (
            <span>has no draws in a file.</span>
          )}
          {!whoAnswers().isExported && <DrawHere run={run} onMade={() => setMade(made + 1)} />}
        </div>
      ))}
      {shown.length > 0 && <Spectrum shown={shown} />}
    </>
  );
}

/** Draws for the first test events now, kept as long as the server runs. */
function DrawHere({ run, onMade }: { readonly run: RunSummary; readonly onMade: () => void }) {
  const [events, setEvents] = useState(2000);
  const [state, setState] = useState<{ readonly isBusy: boolean; readonly problem?: string }>({ isBusy: false });
  const draw = async (): Promise<void> => {
    setState({ isBusy: true });
    try {
      await order('draw', { run: run.id, events });
      setState({ isBusy: false });
      onMade();
    } catch (error) {
      setState({ isBusy: false, problem: textOf(error) });
    }
  };
  return (
    <>
      <label>
        Events
        <TypedInput
          type="number"
          min={1}
          max={100_000}
          value={events}
          aria-label={`Events to draw for with ${run.label}`}
          onDone={({ valueAsNumber }) => setEvents(Math.max(1, valueAsNumber || 1))}
        />
      </label>
      <button type="button" disabled={state.isBusy} onClick={() => void draw()}>
        {state.isBusy ? 'Drawing…' : 'Draw once for each'}
      </button>
      <Problem text={state.problem} />
    </>
  );
}
