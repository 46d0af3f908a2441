import type { ObservedEvent } from '@unfold-zoo/data';
import {
  type Change,
  changedObjects,
  changeEvent,
  type DetectorObject,
  type EventsView,
  type EventView,
  type PosteriorView,
  type RunSummary,
  reachOf,
} from '@unfold-zoo/explore/view';
import { useMemo, useState } from 'preact/hooks';
import { ask } from '../parts/ask.js';
import { Problem } from '../parts/picture.js';
import { usePlace } from '../parts/place.js';
import { useAnswer } from '../parts/use-answer.js';
import { EventDisplays } from './event-displays.js';
import { ObjectTable } from './object-table.js';
import { Posteriors } from './posteriors.js';
import { usePosteriors } from './use-posteriors.js';

interface EventStudyProps {
  readonly runs: readonly RunSummary[];
  readonly events: EventsView;
  readonly event: number;
}

/** How many draws may be wanted. */
const COUNTS = [100, 1000, 5000] as const;

/** An event with its displays, its objects to change, and its posteriors. */
export function EventStudy({ runs, events, event }: EventStudyProps) {
  const first = runs[0]!;
  const [changed, setChanged] = useState<ObservedEvent>();
  const { values, go } = usePlace();
  const draws = COUNTS.find((count) => String(count) === values['count']) ?? 1000;
  const [shown, setShown] = useState<readonly string[]>(events.shown);
  const [show, setShow] = useState({ cloud: true, truth: false });
  const { value: view, problem } = useAnswer(
    (signal) => ask<EventView>('event', { run: first.id, event }, signal),
    [first.id, event],
  );
  const wanted = { event, draws, quantities: shown };
  const seen = usePosteriors(runs, wanted);
  const after = usePosteriors(runs, { ...wanted, changed: changed ?? null });
  const drawn = changed ? (after.value ?? seen.value) : seen.value;
  const reach = useMemo(() => reachOf(view?.objects ?? []), [view]);
  if (problem !== undefined) return <Problem text={problem} />;
  if (!view) return <p>Reading the event…</p>;
  const objects = changed ? changedObjects(view.objects, changed) : view.objects;
  const change = (object: DetectorObject, by: Change): void => {
    const known = changed ?? view.observed;
    if (known && object.place) setChanged(changeEvent(known, object.place, by));
  };
  return (
    <>
      <div class="controls">
        <label>
          <input type="checkbox" checked={show.cloud} onChange={() => setShow({ ...show, cloud: !show.cloud })} />
          Drawn particles
        </label>
        <label>
          <input
            type="checkbox"
            checked={show.truth}
            disabled={!view.truth}
            onChange={() => setShow({ ...show, truth: !show.truth })}
          />
          Truth
        </label>
        <label>
          Draws
          <select value={draws} onChange={({ currentTarget }) => go({ count: currentTarget.value })}>
            {COUNTS.map((count) => (
              <option key={count}>{count}</option>
            ))}
          </select>
        </label>
        <span class="status" aria-live="polite">
          {seen.isWaiting || after.isWaiting ? 'Drawing…' : statusOf(drawn)}
        </span>
      </div>
      <Problem text={seen.problem ?? after.problem} />
      <EventDisplays
        objects={objects}
        cloud={show.cloud ? drawn?.[0]?.cloud : undefined}
        truth={show.truth ? view.trueParticles : undefined}
        reach={reach}
        onChange={view.observed && change}
      />
      <ObjectTable
        objects={objects}
        isChanged={changed !== undefined}
        onChange={view.observed && change}
        onReset={() => setChanged(undefined)}
      />
      <Posteriors
        {...{ runs, events, event, view, drawn, shown }}
        before={changed && after.value && seen.value}
        truth={show.truth ? view.truth : undefined}
        onShow={setShown}
      />
    </>
  );
}

function statusOf(drawn: readonly PosteriorView[] | undefined): string {
  const lost = (drawn ?? []).reduce((sum, { notFinite }) => sum + notFinite, 0);
  return lost > 0 ? `${lost} draws are not finite and are left out` : '';
}
