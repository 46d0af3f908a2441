import type { NamedHistogram } from '@unfold-zoo/explore/view';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { askNumbers, whoAnswers } from '../parts/ask.js';
import { type Answer, useAnswer } from '../parts/use-answer.js';
import type { BinAnswer, BinRequest, KeepRequest } from './binning.js';
import type { ShownDraws } from './shown-draws.js';

/** Histograms of the same observable. */
export interface BinnedColumns {
  readonly columns: readonly NamedHistogram[];
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

interface KeptColumn {
  readonly key: string;
  readonly label: string;
  readonly rows: number;
}

/**
 * Counts an observable of draws, and of the truth of the first of them, in bins: what is read once is counted in the
 * page from then on.
 */
export function useBins(
  shown: readonly ShownDraws[],
  expression: string,
  bins: number,
  range: BinRequest['range'],
): Answer<BinnedColumns> {
  const binner = useMemo(() => new Binner(), []);
  useEffect(() => () => binner.end(), [binner]);
  const draws = shown.map(({ run, file }) => `${run.id}/${file.name}/${file.events}`).join();
  const kept = useAnswer(expression === '' ? undefined : (signal) => readColumns(binner, shown, expression, signal), [
    draws,
    expression,
  ]);
  const [answer, setAnswer] = useState<BinnedColumns>();
  const latest = useRef(0);
  useEffect(() => {
    if (!kept.value) return setAnswer(undefined);
    const columns = kept.value;
    const own = ++latest.current;
    void binner.bin({ keys: columns.map(({ key }) => key), bins, range }).then((found) => {
      if (own === latest.current) setAnswer(binnedColumns(columns, found));
    });
  }, [kept.value, bins, range[0], range[1]]);
  const { problem, isWaiting } = kept;
  if (problem !== undefined) return { problem, isWaiting };
  return answer ? { value: answer, isWaiting } : { isWaiting };
}

function binnedColumns(columns: readonly KeptColumn[], found: BinAnswer): BinnedColumns {
  return {
    columns: found.histograms.map((histogram, i) => ({ label: columns[i]!.label, histogram })),
    rows: columns.reduce((sum, { rows }) => sum + rows, 0),
    leftOut: found.leftOut.reduce((sum, each) => sum + each, 0),
    milliseconds: found.milliseconds,
  };
}

async function readColumns(
  binner: Binner,
  shown: readonly ShownDraws[],
  expression: string,
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
    const key = JSON.stringify([query, file.events, of, expression]);
    const rows = await binner.keep(key, async () => ({
      values: await askNumbers('observable', { ...query, expression, of }, signal),
      weights: await askNumbers('weights', query, signal),
    }));
    kept.push({ key, label, rows });
  }
  return kept;
}
