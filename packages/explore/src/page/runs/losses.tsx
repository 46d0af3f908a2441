import type { RunSummary } from '@unfold-zoo/explore/view';
import { useRef } from 'preact/hooks';
import { ask } from '../parts/ask.js';
import { Picture, Problem } from '../parts/picture.js';
import { useAnswer } from '../parts/use-answer.js';

interface LossAnswer {
  /** Bytes of the log that are read. */
  readonly size: number;
  /** SVG; absent where nothing has changed. */
  readonly charts?: readonly string[];
}

/** The losses of a run, live while it trains. */
export function Losses({ run, tick }: { readonly run: RunSummary; readonly tick: number }) {
  const known = useRef<{ readonly size: number; readonly charts: readonly string[] }>();
  const { problem, isWaiting } = useAnswer(
    async (signal) => {
      const { size, charts } = await ask<LossAnswer>('losses', { run: run.id, size: known.current?.size }, signal);
      if (charts) known.current = { size, charts };
      return size;
    },
    [run.id, tick],
  );
  const charts = known.current?.charts ?? [];
  return (
    <section aria-label={`Losses of ${run.label}`}>
      <h3>{run.label}</h3>
      <Problem text={problem} />
      {charts.length === 0 && <p>{isWaiting ? 'Reading the log…' : 'Nothing has been logged yet.'}</p>}
      <div class="figures">
        {charts.map((svg, i) => (
          <Picture key={i} svg={svg} />
        ))}
      </div>
    </section>
  );
}
