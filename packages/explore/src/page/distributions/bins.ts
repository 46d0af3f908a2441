import type { NamedHistogram } from '@unfold-zoo/explore/view';
import type { NamedDensity } from '@unfold-zoo/report/figures';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { askNumbers, whoAnswers } from '../parts/ask.js';
import { type Answer, useAnswer } from '../parts/use-answer.js';
import type { AxisRange, BinAnswer, BinRequest, KeepRequest } from './binning.js';
import type { ShownDraws } from './shown-draws.js';

/** What is counted. */
export interface Counting {
  /** An expression; where it is empty, nothing is. */
  readonly x: string;
  /** Another one to count it with; empty for none. */
  readonly y: string;
  readonly bins: number;
  readonly range: AxisRange;
  readonly yRange: AxisRange;
}

/** Histograms of the same observable, or densities of the same two. */
export interface BinnedColumns {
  readonly columns: readonly NamedHistogram[];
  readonly densities: readonly NamedDensity[];
  /** Values that were counted. */
  readonly rows: number;
  readonly leftOut: number;
  readonly milliseconds: number;
}

/** The worker that counts, and what it has been given. */
class Binner {
  readonly #worker = whoAnswers().binningWorker();
  readonly #waiting = new Map<number, (answer: BinAnswer) => void>();
  readonly #kept = new Map<string, number>();
  #asked = 0;

  constructor() {
    this.#worker.addEventListener('message', ({ data }: MessageEvent<BinAnswer>) => {
      this.#waiting.get(data.id)?.(data);
      this.#waiting.delete(data.id);
    });
  }

  /** Gives the worker a column, unless it has it. Returns its rows. */
  async keep(key: string, read: () => Promise<Omit<KeepRequest, 'keep'>>): Promise<number> {
    const known = this.#kept.get(key);
    if (known !== undefined) return known;
    const column = await read();
    const rows = column.values.length;
    this.#worker.postMessage({ keep: key, ...column } satisfies KeepRequest, [column.values.buffer]);
    this.#kept.set(key, rows);
    return rows;
  }

  bin(request: Omit<BinRequest, 'id'>): Promise<BinAnswer> {
    const id = this.#asked++;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#worker.postMessage({ id, ...request } satisfies BinRequest);
    });
  }

  end(): void {
    this.#worker.terminate();
  }
}

/** Draws, or their truth, that are counted. */
interface KeptColumn {
  readonly x: string;
  /** Of another observable of the same draws. */
  readonly y?: string;
  readonly label: string;
  readonly rows: number;
}

/**
 * Counts an observable of draws, or two, and of the truth of the first of them, in bins: what is read once is counted
 * in the page from then on.
 */
export function useBins(shown: readonly ShownDraws[], { x, y, ...how }: Counting): Answer<BinnedColumns> {
  const binner = useMemo(() => new Binner(), []);
  useEffect(() => () => binner.end(), [binner]);
  const draws = shown.map(({ run, file }) => `${run.id}/${file.name}/${file.events}`).join();
  const read = (signal: AbortSignal) => readColumns(binner, shown, { x, y }, signal);
  const kept = useAnswer(x === '' ? undefined : read, [draws, x, y]);
  const [answer, setAnswer] = useState<BinnedColumns>();
  const latest = useRef(0);
  useEffect(() => {
    if (!kept.value) return setAnswer(undefined);
    const columns = kept.value;
    const own = ++latest.current;
    void binner.bin({ columns, ...how }).then((found) => {
      if (own === latest.current) setAnswer(binnedColumns(columns, found));
    });
  }, [kept.value, how.bins, ...how.range, ...how.yRange]);
  const { problem, isWaiting } = kept;
  if (problem !== undefined) return { problem, isWaiting };
  return answer ? { value: answer, isWaiting } : { isWaiting };
}

function binnedColumns(columns: readonly KeptColumn[], found: BinAnswer): BinnedColumns {
  return {
    columns: found.histograms.map((histogram, i) => ({ label: columns[i]!.label, histogram })),
    densities: found.densities.map((density, i) => ({ label: columns[i]!.label, density })),
    rows: columns.reduce((sum, { rows }) => sum + rows, 0),
    leftOut: found.leftOut.reduce((sum, each) => sum + each, 0),
    milliseconds: found.milliseconds,
  };
}

async function readColumns(
  binner: Binner,
  shown: readonly ShownDraws[],
  { x, y }: Pick<Counting, 'x' | 'y'>,
  signal: AbortSignal,
): Promise<KeptColumn[]> {
  const first = shown.find(({ file }) => file.hasTruth);
  const wanted = [
    ...(first ? [{ ...first, of: 'truth', label: 'Truth' }] : []),
    ...shown.map((each) => ({ ...each, of: 'draws', label: each.run.label })),
  ];
  const kept: KeptColumn[] = [];
  for (const { run, file, of, label } of wanted) {
    const query = { run: run.id, draws: file.name };
    const keep = async (expression: string) => {
      const key = JSON.stringify([query, file.events, of, expression]);
      const rows = await binner.keep(key, async () => ({
        values: await askNumbers('observable', { ...query, expression, of }, signal),
        weights: await askNumbers('weights', query, signal),
      }));
      return { key, rows };
    };
    const { key, rows } = await keep(x);
    kept.push({ x: key, ...(y !== '' && { y: (await keep(y)).key }), label, rows });
  }
  return kept;
}
