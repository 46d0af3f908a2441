import { useEffect, useState } from 'preact/hooks';

/** What has been asked for: not there yet, there, or refused. An old answer stays until there is a new one. */
export interface Answer<T> {
  readonly value?: T;
  readonly problem?: string;
  readonly isWaiting: boolean;
}

/** Shows what is there of an answer while the rest is waited for. */
export type Tell<T> = (part: T) => void;

/** Asks anew whenever one of `about` changes, and forgets what is no longer waited for; for undefined, not at all. */
export function useAnswer<T>(
  load: ((signal: AbortSignal, tell: Tell<T>) => Promise<T>) | undefined,
  about: readonly unknown[],
): Answer<T> {
  const [answer, setAnswer] = useState<Answer<T>>({ isWaiting: load !== undefined });
  useEffect(() => {
    if (!load) return setAnswer({ isWaiting: false });
    const leaving = new AbortController();
    setAnswer(({ problem: _, ...before }) => ({ ...before, isWaiting: true }));
    const tell = (value: T): void => {
      if (!leaving.signal.aborted) setAnswer({ value, isWaiting: true });
    };
    load(leaving.signal, tell).then(
      (value) => leaving.signal.aborted || setAnswer({ value, isWaiting: false }),
      (error: unknown) => leaving.signal.aborted || setAnswer({ problem: textOf(error), isWaiting: false }),
    );
    return () => leaving.abort();
  }, about);
  return answer;
}

/** A number that goes up every so often while the page is looked at. */
export function useTicks(seconds: number): number {
  const [tick, setTick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => document.hidden || setTick((before) => before + 1), 1000 * seconds);
    return () => clearInterval(timer);
  }, [seconds]);
  return tick;
}

/** What an error says. */
export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
