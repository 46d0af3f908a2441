import {
  coverageFigure,
  type EventsView,
  eventOrder,
  type OddBy,
  type RanksView,
  type RunSummary,
  rankFigure,
} from '@unfold-zoo/explore/view';
import { useEffect, useRef } from 'preact/hooks';
import { ask, whoAnswers } from '../parts/ask.js';
import { Picture, Problem } from '../parts/picture.js';
import { linkTo } from '../parts/place.js';
import { SortableTable } from '../parts/sortable-table.js';
import { useAnswer } from '../parts/use-answer.js';

interface QuantityTrustProps {
  readonly run: RunSummary;
  readonly quantity: string;
  readonly draws: string;
}

/** Ranks and coverage of one quantity, and the events that stand out. */
export function QuantityTrust({ run, quantity, draws }: QuantityTrustProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const { value, problem, isWaiting } = useAnswer(
    (signal) => ask<RanksView>('ranks', { run: run.id, quantity, draws }, signal),
    [run.id, quantity, draws],
  );
  // Whoever pressed a quantity far below is brought to what it opened.
  useEffect(() => heading.current?.focus(), [quantity]);
  return (
    <section aria-label={`Trust in ${quantity}`}>
      <h3 ref={heading} tabIndex={-1}>
        {quantity}
      </h3>
      <Problem text={problem} />
      {isWaiting && <p>Reading draws…</p>}
      {value && (
        <>
          <p class="status">
            {value.draws} draws for each of {value.events.length.toLocaleString()} events of {draws}
            {value.leftOut > 0 && `; ${value.leftOut.toLocaleString()} more events are left out`}
          </p>
          <div class="figures">
            <Picture svg={rankFigure('Ranks of the truth', value.ranks, value.draws)} caption={RANKS} />
            <Picture svg={coverageFigure('Coverage', value.ranks)} caption={COVERAGE} />
          </div>
          <div class="panels">
            <OddEvents {...{ run, value, by: 'rank' }} title="Truth farthest out" />
            <OddEvents {...{ run, value, by: 'width' }} title="Widest posteriors" />
          </div>
        </>
      )}
    </section>
  );
}

const RANKS =
  'Flat where the posteriors are right: high in the middle where they are too wide, at the ends where too narrow. ' +
  'The band is one standard deviation of chance.';
const COVERAGE =
  'How often the truth lies in central intervals: below the diagonal, posteriors are too narrow or shifted.';

/** Events of a list. */
const LISTED = 10;

interface OddEventsProps {
  readonly run: RunSummary;
  readonly value: RanksView;
  readonly by: OddBy;
  readonly title: string;
}

function OddEvents({ run, value, by, title }: OddEventsProps) {
  // An exported page holds a few of the events.
  const held = useAnswer(
    whoAnswers().isExported ? (signal) => ask<EventsView>('events', { run: run.id }, signal) : undefined,
    [run.id],
  );
  const events = held.value?.events ?? Number.POSITIVE_INFINITY;
  const rowOf = new Map(value.events.map((event, row) => [event, row]));
  const rows = eventOrder(value, by)
    .slice(0, LISTED)
    .map((event) => ({ event, row: rowOf.get(event)! }));
  return (
    <SortableTable
      title={title}
      rows={rows}
      keyOf={({ event }) => String(event)}
      columns={[
        {
          title: 'Event',
          cell: ({ event }) => event,
          show: ({ event }) =>
            event < events ? <a href={linkTo('event', { runs: run.id, event })}>event {event}</a> : `event ${event}`,
        },
        { title: 'Truth', cell: ({ row }) => value.truth[row] },
        { title: 'Mean', cell: ({ row }) => value.means[row] },
        { title: 'Width', cell: ({ row }) => value.widths[row] },
        { title: 'Rank', cell: ({ row }) => value.ranks[row] },
      ]}
    />
  );
}
