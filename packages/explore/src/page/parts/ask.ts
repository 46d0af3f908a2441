import { addressOf, type Query } from '@unfold-zoo/explore/view';

/** Who answers what the pages ask: the server that sent them, or what an exported page holds. */
export interface Answers {
  /** JSON. */
  read(path: string, query: Query, signal: AbortSignal | undefined): Promise<unknown>;
  /** Has something done, whose result is JSON. */
  order(path: string, body: Readonly<Record<string, unknown>>, signal: AbortSignal | undefined): Promise<unknown>;
  /** Numbers in single precision. */
  numbers(path: string, query: Query, signal: AbortSignal | undefined): Promise<Float32Array>;
  /** The worker that counts draws in bins. */
  binningWorker(): Worker;
  /** Whether all there is to know is known, and nothing new can be asked for but draws for an event. */
  readonly isExported: boolean;
}

const server: Answers = {
  read: async (path, query, signal) =>
    (await answerOf(await fetch(addressOf(path, query), { signal: signal ?? null }))).json(),
  order: async (path, body, signal) => {
    const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    return (await answerOf(await fetch(addressOf(path), { ...request, signal: signal ?? null }))).json();
  },
  numbers: async (path, query, signal) => {
    const answer = await answerOf(await fetch(addressOf(path, query), { signal: signal ?? null }));
    return new Float32Array(await answer.arrayBuffer());
  },
  binningWorker: () => new Worker('binning.js'),
  isExported: false,
};

async function answerOf(answer: Response): Promise<Response> {
  if (answer.ok) return answer;
  throw new Error((await answer.text()).trim() || `the server answered ${answer.status}`);
}

let answers = server;

/** Has all that is asked from now on answered by another than the server. */
export function answerWith(other: Answers): void {
  answers = other;
}

/** Who answers. */
export function whoAnswers(): Answers {
  return answers;
}

/** Asks for JSON. @throws Error with what is answered in place of that. */
export async function ask<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  return answers.read(path, query, signal) as Promise<T>;
}

/** Has something done, whose result is JSON. @throws Error as `ask`. */
export async function order<T>(
  path: string,
  body: Readonly<Record<string, unknown>>,
  signal?: AbortSignal,
): Promise<T> {
  return answers.order(path, body, signal) as Promise<T>;
}

/** Asks for numbers in single precision. @throws Error as `ask`. */
export async function askNumbers(path: string, query: Query, signal?: AbortSignal): Promise<Float32Array> {
  return answers.numbers(path, query, signal);
}
