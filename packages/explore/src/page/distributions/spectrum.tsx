import { densitiesCsv, histogramsCsv, type NamedHistogram } from '@unfold-zoo/explore/view';
import {
  type DensityPlot,
  densityPlot,
  type NamedDensity,
  type RatioPlot,
  ratioPlot,
} from '@unfold-zoo/report/figures';
import { escapeMarkup } from '@unfold-zoo/report/plot';
import { useState } from 'preact/hooks';
import { ask } from '../parts/ask.js';
import { Picture, Problem } from '../parts/picture.js';
import { usePlace } from '../parts/place.js';
import { savePng, saveText } from '../parts/save.js';
import { textOf, useAnswer } from '../parts/use-answer.js';
import type { AxisRange } from './binning.js';
import { type BinnedColumns, type Counting, useBins } from './bins.js';
import type { ShownDraws } from './shown-draws.js';
import { ExpressionField, RangeFields } from './spectrum-fields.js';

const AUTOMATIC: AxisRange = [undefined, undefined];
/** Bins of an axis, unless others are chosen. */
const BINS = { ofOne: 50, ofTwo: 25 } as const;

/** One observable of the draws of several runs, or two of them together. */
export function Spectrum({ shown }: { readonly shown: readonly ShownDraws[] }) {
  const { values, go } = usePlace();
  const suggestions = useAnswer(
    (signal) => ask<{ readonly shown: readonly string[] }>('events', { run: shown[0]!.run.id }, signal),
    [shown[0]!.run.id],
  );
  const known = (suggestions.value?.shown ?? []).map(expressionOf);
  const [x, y] = [values['observable'] || known[0] || '', values['against'] ?? ''];
  const [chosenBins, setBins] = useState<number>();
  const [range, setRange] = useState(AUTOMATIC);
  const [yRange, setYRange] = useState(AUTOMATIC);
  const [isLog, setLog] = useState(false);
  const bins = chosenBins ?? (y === '' ? BINS.ofOne : BINS.ofTwo);
  const counting = { x, y, bins, range, yRange };
  const binned = useBins(shown, counting);
  return (
    <>
      <form class="controls" onSubmit={(event) => event.preventDefault()}>
        <ExpressionField title="Observable" value={x} known={known} onChange={(observable) => go({ observable })} />
        <ExpressionField title="Against" value={y} known={known} onChange={(against) => go({ against })} />
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
        <RangeFields of={y === '' ? '' : 'x '} range={range} onChange={setRange} />
        {y !== '' && <RangeFields of="y " range={yRange} onChange={setYRange} />}
        <label>
          <input type="checkbox" checked={isLog} onChange={() => setLog(!isLog)} />
          Logarithmic counts
        </label>
      </form>
      <p class="status" aria-live="polite">
        {binned.isWaiting ? 'Reading draws…' : statusOf(binned.value)}
      </p>
      <Problem text={binned.problem ?? suggestions.problem} />
      {binned.value && <SpectrumFigure binned={binned.value} counting={counting} isLog={isLog} />}
    </>
  );
}

function expressionOf(key: string): string {
  const [particle, quantity] = key.split('.') as [string, string];
  return `${quantity === 'energy' ? 'E' : quantity}(${particle})`;
}

function statusOf(binned: BinnedColumns | undefined): string {
  if (!binned) return '';
  const { rows, leftOut, milliseconds, densities } = binned;
  const counted = densities.length > 0 ? 'pairs' : 'values';
  const lost = leftOut > 0 ? `, ${leftOut.toLocaleString()} without a value left out` : '';
  return `${rows.toLocaleString()} ${counted} counted in ${milliseconds.toFixed(0)} ms${lost}`;
}

interface SpectrumFigureProps {
  readonly binned: BinnedColumns;
  readonly counting: Counting;
  readonly isLog: boolean;
}

function SpectrumFigure({ binned, counting, isLog }: SpectrumFigureProps) {
  const isDensity = binned.densities.length > 0;
  const drawn = drawnFigure(binned, counting, isLog);
  if (drawn.svg === undefined) return <Problem text={drawn.problem} />;
  const { svg } = drawn;
  const name = isDensity ? 'density' : 'spectrum';
  const csv = (): string => (isDensity ? densitiesCsv(binned.densities) : histogramsCsv(binned.columns));
  return (
    <>
      <div class="wide spectrum">
        <Picture svg={svg} />
      </div>
      <div class="actions">
        <button type="button" onClick={() => saveText(`${name}.svg`, svg, 'image/svg+xml')}>
          Save SVG
        </button>
        <button type="button" onClick={() => void savePng(`${name}.png`, svg)}>
          Save PNG
        </button>
        <button type="button" onClick={() => saveText(`${name}.csv`, csv(), 'text/csv')}>
          Save CSV
        </button>
      </div>
    </>
  );
}

function drawnFigure(
  { columns, densities }: BinnedColumns,
  counting: Counting,
  isLog: boolean,
): { readonly svg?: string; readonly problem?: string } {
  try {
    if (densities.length > 0) return { svg: densityPlot(densitiesOf(densities, counting, isLog)) };
    return { svg: ratioPlot(spectraOf(columns, counting, isLog)) };
  } catch (error) {
    return { problem: textOf(error) };
  }
}

/** The first is what the others are compared with: the truth, where it is known. */
function spectraOf([first, ...others]: readonly NamedHistogram[], { x }: Counting, isLog: boolean): RatioPlot {
  return {
    title: x,
    xTitle: escapeMarkup(x),
    truth: first!,
    models: others,
    yScale: isLog ? 'log' : 'linear',
  };
}

function densitiesOf([first, ...others]: readonly NamedDensity[], { x, y }: Counting, isLog: boolean): DensityPlot {
  const axes = { xTitle: escapeMarkup(x), yTitle: escapeMarkup(y) };
  return { title: `${x} and ${y}`, ...axes, reference: first!, others, colorScale: isLog ? 'log' : 'linear' };
}
