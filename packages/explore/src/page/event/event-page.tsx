import type { EventsView, RunSummary } from '@unfold-zoo/explore/view';
import { ask } from '../parts/ask.js';
import { Problem } from '../parts/picture.js';
import { usePlace } from '../parts/place.js';
import { RunPicker } from '../parts/run-picker.js';
import { useAnswer } from '../parts/use-answer.js';
import { EventSteps } from './event-steps.js';
import { EventStudy } from './event-study.js';

/** Models whose posteriors are shown at once. */
const MOST_MODELS = 4;

/** One event: what the detector saw of it, and what models draw for it. */
export function EventPage() {
  const { values, go } = usePlace();
  return (
    <>
      <h2>Event</h2>
      <RunPicker chosen={values['runs'] ?? ''} most={MOST_MODELS} onChoose={(runs) => go({ runs })}>
        {(runs) => <EventsOfRuns runs={runs} />}
      </RunPicker>
    </>
  );
}

function EventsOfRuns({ runs }: { readonly runs: readonly RunSummary[] }) {
  const { values, go } = usePlace();
  const first = runs[0]!;
  const { value: events, problem } = useAnswer(
    (signal) => ask<EventsView>('events', { run: first.id }, signal),
    [first.id],
  );
  if (problem !== undefined) return <Problem text={problem} />;
  if (!events) return <p>Opening the run and its data…</p>;
  if (events.events === 0)
    return <p>The test split of this run has no events: start with --set data.test=events.h5.</p>;
  const event = Math.min(Math.max(0, Number(values['event'] ?? 0) || 0), events.events - 1);
  return (
    <>
      <EventSteps run={first} events={events} event={event} onGo={(next) => go({ event: next })} />
      <EventStudy key={`${first.id} ${event}`} runs={runs} events={events} event={event} />
    </>
  );
}
