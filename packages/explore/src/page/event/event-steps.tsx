import type { DrawFileView, EventsView, RanksView, RunSummary } from '@unfold-zoo/explore/view';
import { eventOrder, type OddBy } from '@unfold-zoo/explore/view';
import { useState } from 'preact/hooks';
import { ask } from '../parts/ask.js';
import { Problem } from '../parts/picture.js';
import { TypedInput } from '../parts/typed-input.js';
import { useAnswer } from '../parts/use-answer.js';

interface EventStepsProps {
  readonly run: RunSummary;
  readonly events: EventsView;
  readonly event: number;
  readonly onGo: (event: number) => void;
}

/** Steps through the events, one after the other or the oddest first. */
export function EventSteps({ run, events, event, onGo }: EventStepsProps) {
  const [oddBy, setOddBy] = useState<OddBy | 'number'>('number');
  const [quantity, setQuantity] = useState(events.shown[0] ?? events.quantities[0]!.key);
  const {
    value: sorted,
    problem,
    isWaiting,
  } = useAnswer(
    oddBy === 'number'
      ? undefined
      : (signal) => orderOf(run.id, { quantity, by: oddBy, events: events.events }, signal),
    [run.id, quantity, oddBy],
  );
  const order = oddBy === 'number' ? undefined : sorted;
  const place = order ? order.indexOf(event) : event;
  const count = order ? order.length : events.events;
  const step = (by: number): void => {
    const next = (place + by + count) % count;
    onGo(order ? order[place < 0 ? 0 : next]! : next);
  };
  return (
    <div class="controls">
      <button type="button" onClick={() => step(-1)}>
        ← Previous
      </button>
      <label>
        Event
        <TypedInput
          type="number"
          min={0}
          max={events.events - 1}
          value={event}
          onDone={(field) => onGo(Number(field.value))}
        />
      </label>
      <button type="button" onClick={() => step(1)}>
        Next →
      </button>
      <label>
        Order
        <select value={oddBy} onChange={({ currentTarget }) => setOddBy(currentTarget.value as OddBy)}>
          <option value="number">by number</option>
          <option value="width">widest posterior first</option>
          <option value="rank">truth farthest out first</option>
        </select>
      </label>
      {oddBy !== 'number' && (
        <label>
          of
          <select value={quantity} onChange={({ currentTarget }) => setQuantity(currentTarget.value)}>
            {events.quantities.map(({ key }) => (
              <option key={key}>{key}</option>
            ))}
          </select>
        </label>
      )}
      <span class="status" aria-live="polite">
        {isWaiting && oddBy !== 'number'
          ? 'Sorting…'
          : `${place < 0 ? 'not among' : `${place + 1} of`} ${count.toLocaleString()} test events`}
      </span>
      <Problem text={problem} />
    </div>
  );
}

interface OrderRequest {
  readonly quantity: string;
  readonly by: OddBy;
  /** Events that there are: draws may be of more than a page holds. */
  readonly events: number;
}

async function orderOf(run: string, request: OrderRequest, signal: AbortSignal): Promise<readonly number[]> {
  const { quantity, by, events } = request;
  const files = await ask<DrawFileView[]>('draws', { run }, signal);
  const file = files.find(({ draws, hasTruth }) => draws > 1 && hasTruth);
  if (!file) throw new Error('No draws to sort by: unfold diagnose draws many times for many events.');
  const ranks = await ask<RanksView>('ranks', { run, quantity, draws: file.name }, signal);
  return eventOrder(ranks, by).filter((event) => event < events);
}
