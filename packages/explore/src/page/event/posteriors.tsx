import type {
  EventsView,
  EventView,
  PosteriorView,
  QuantityView,
  ReferenceView,
  RunSummary,
} from '@unfold-zoo/explore/view';
import { type PosteriorPlot, posteriorFigure } from '@unfold-zoo/report/figures';
import { useState } from 'preact/hooks';
import { ask } from '../parts/ask.js';
import { Picture, Problem } from '../parts/picture.js';
import { useAnswer } from '../parts/use-answer.js';

interface PosteriorsProps {
  readonly runs: readonly RunSummary[];
  readonly events: EventsView;
  readonly event: number;
  readonly view: EventView;
  /** Of each run; undefined until they are there. */
  readonly drawn: readonly PosteriorView[] | undefined;
  /** For the event as it was seen, where it is changed. */
  readonly before: readonly PosteriorView[] | undefined;
  readonly truth: EventView['truth'];
  /** Keys of the quantities that are shown. */
  readonly shown: readonly string[];
  readonly onShow: (keys: readonly string[]) => void;
}

/** Posteriors of chosen quantities, with what the detector reads of them. */
export function Posteriors(props: PosteriorsProps) {
  const { runs, events, event, drawn, shown, onShow } = props;
  const [withReference, setWithReference] = useState(false);
  const reference = useAnswer(
    withReference
      ? (signal) => ask<ReferenceView>('reference', { run: runs[0]!.id, event, quantities: shown.join(',') }, signal)
      : undefined,
    [withReference, runs[0]!.id, event, shown.join()],
  );
  const add = (key: string): void => {
    if (key !== '' && !shown.includes(key)) onShow([...shown, key]);
  };
  return (
    <section aria-label="Posteriors">
      <h3>Posteriors</h3>
      <div class="controls">
        <label>
          Show
          <select value="" onChange={({ currentTarget }) => add(currentTarget.value)}>
            <option value="">another quantity</option>
            {events.quantities.map(({ key }) => (
              <option key={key}>{key}</option>
            ))}
          </select>
        </label>
        <label>
          <input type="checkbox" checked={withReference} onChange={() => setWithReference(!withReference)} />
          Training events that look alike
        </label>
        <span class="status" aria-live="polite">
          {reference.isWaiting
            ? 'Reading training events…'
            : referenceText(withReference ? reference.value : undefined)}
        </span>
      </div>
      <Problem text={reference.problem} />
      <div class="figures">
        {shown.flatMap((key) => {
          const quantity = events.quantities.find((each) => each.key === key);
          if (!quantity || !drawn) return [];
          const isKnown = drawn.some(({ values }) => values[key] !== undefined);
          const plot = plotOf(quantity, props, withReference ? reference.value : undefined);
          return [
            <div key={key}>
              {plot ? (
                <Picture svg={posteriorFigure(plot)} />
              ) : (
                <p>
                  {key}: {isKnown ? 'no draw is finite.' : 'drawing…'}
                </p>
              )}
              <button type="button" onClick={() => onShow(shown.filter((each) => each !== key))}>
                Hide {key}
              </button>
            </div>,
          ];
        })}
      </div>
    </section>
  );
}

function referenceText(reference: ReferenceView | undefined): string {
  if (!reference) return '';
  const { events, effectiveEvents, share } = reference;
  return (
    `${events.toLocaleString()} training events, as good as ${effectiveEvents.toFixed(0)} of equal weight; ` +
    `${(100 * share).toFixed(1)} % of the weight is shown`
  );
}

function plotOf(
  { key, title, unit, isAngle }: QuantityView,
  { runs, event, view, drawn, before, truth }: PosteriorsProps,
  reference: ReferenceView | undefined,
): PosteriorPlot | undefined {
  const ofModels = (all: readonly PosteriorView[], suffix: string) =>
    all.flatMap(({ values }, i) => {
      const own = values[key] ?? [];
      return own.length > 0 ? [{ label: `${runs[i]?.label ?? ''}${suffix}`, values: Float64Array.from(own) }] : [];
    });
  const models = [...ofModels(drawn!, before ? ', changed' : ''), ...ofModels(before ?? [], '')];
  if (models.length === 0) return undefined;
  const reading = drawn![0]?.readings[key];
  const similar = reference?.values[key];
  return {
    title: `Event ${event}`,
    xTitle: title,
    unit,
    angle: isAngle,
    models,
    marks: [
      { label: 'W mass solutions', values: view.solutions[key] ?? [] },
      { label: 'Detector', values: reading === undefined ? [] : [reading] },
    ],
    ...(truth?.[key] !== undefined && { truth: truth[key] }),
    ...(similar &&
      similar.length > 0 && {
        reference: {
          label: 'Similar events',
          values: Float64Array.from(similar),
          weights: Float64Array.from(reference.weights),
        },
      }),
  };
}
