import { histogramsCsv, type NamedHistogram } from '@unfold-zoo/explore/view';
import { type RatioPlot, ratioPlot } from '@unfold-zoo/report/figures';
import { escapeMarkup } from '@unfold-zoo/report/plot';
import { useState } from 'preact/hooks';
import { ask } from '../parts/ask.js';
import { Picture, Problem } from '../parts/picture.js';
import { usePlace } from '../parts/place.js';
import { savePng, saveText } from '../parts/save.js';
import { textOf, useAnswer } from '../parts/use-answer.js';
import { type BinnedColumns, useBins } from './bins.js';
import type { ShownDraws } from './shown-draws.js';

/** One observable of the draws of several runs. */
export function Spectrum({ shown }: { readonly shown: readonly ShownDraws[] }) {
  const { values, go } = usePlace();
  const suggestions = useAnswer(
    (signal) => ask<{ readonly shown: readonly string[] }>('events', { run: shown[0]!.run.id }, signal),
    [shown[0]!.run.id],
  );
  const known = (suggestions.value?.shown ?? []).map(expressionOf);
  const expression = values['observable'] || known[0] || '';
  const [bins, setBins] = useState(50);
  const [range, setRange] = useState<readonly [number | undefined, number | undefined]>([undefined, undefined]);
  const [isLog, setLog] = useState(false);
  const binned = useBins(shown, expression, bins, range);
  return (
    <>
      <form class="controls" onSubmit={(event) => event.preventDefault()}>
        <label class="field">
          Observable
          <input
            class="wide-input"
            list="observables"
            value={expression}
            spellcheck={false}
            onChange={({ currentTarget }) => go({ observable: currentTarget.value })}
          />
        </label>
        <datalist id="observables">
          {known.map((each) => (
            <option key={each} value={each} />
          ))}
        </datalist>
        <label>
          Bins
          <input
            type="range"
            min={5}
            max={200}
            value={bins}
            onInput={({ currentTarget }) => setBins(+currentTarget.value)}
          />
          {bins}
        </label>
        <RangeEnd title="From" value={range[0]} onChange={(low) => setRange([low, range[1]])} />
        <RangeEnd title="to" value={range[1]} onChange={(high) => setRange([range[0], high])} />
        <label>
          <input type="checkbox" checked={isLog} onChange={() => setLog(!isLog)} />
          Logarithmic counts
        </label>
      </form>
      <p class="status" aria-live="polite">
        {binned.isWaiting ? 'Reading draws…' : statusOf(binned.value)}
      </p>
      <Problem text={binned.problem ?? suggestions.problem} />
      {binned.value && <SpectrumFigure binned={binned.value} expression={expression} isLog={isLog} />}
    </>
  );
}

function expressionOf(key: string): string {
  const [particle, quantity] = key.split('.') as [string, string];
  return `${quantity === 'energy' ? 'E' : quantity}(${particle})`;
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
      <input
        type="number"
        step="any"
        value={value ?? ''}
        placeholder="auto"
        onChange={(event) => read(event.currentTarget.value)}
      />
    </label>
  );
}

function statusOf(binned: BinnedColumns | undefined): string {
  if (!binned) return '';
  const { rows, leftOut, milliseconds } = binned;
  const lost = leftOut > 0 ? `, ${leftOut.toLocaleString()} without a value left out` : '';
  return `${rows.toLocaleString()} values counted in ${milliseconds.toFixed(0)} ms${lost}`;
}

interface SpectrumFigureProps {
  readonly binned: BinnedColumns;
  readonly expression: string;
  readonly isLog: boolean;
}

function SpectrumFigure({ binned, expression, isLog }: SpectrumFigureProps) {
  const plot = plotOf(binned.columns, expression, isLog);
  const drawn = drawnPlot(plot);
  if (drawn.svg === undefined) return <Problem text={drawn.problem} />;
  const { svg } = drawn;
  return (
    <>
      <div class="wide spectrum">
        <Picture svg={svg} />
      </div>
      <div class="actions">
        <button type="button" onClick={() => saveText('spectrum.svg', svg, 'image/svg+xml')}>
          Save SVG
        </button>
        <button type="button" onClick={() => void savePng('spectrum.png', svg)}>
          Save PNG
        </button>
        <button type="button" onClick={() => saveText('spectrum.csv', histogramsCsv(binned.columns), 'text/csv')}>
          Save CSV
        </button>
      </div>
    </>
  );
}

/** The first column is what the others are compared with: the truth, where it is known. */
function plotOf([first, ...others]: readonly NamedHistogram[], expression: string, isLog: boolean): RatioPlot {
  return {
    title: expression,
    xTitle: escapeMarkup(expression),
    truth: first!,
    models: others,
    yScale: isLog ? 'log' : 'linear',
  };
}

function drawnPlot(plot: RatioPlot): { readonly svg?: string; readonly problem?: string } {
  try {
    return { svg: ratioPlot(plot) };
  } catch (error) {
    return { problem: textOf(error) };
  }
}
