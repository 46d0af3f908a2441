/** Query of an address: values that are undefined are left out. */
export type Query = Readonly<Record<string, string | number | undefined>>;

/** Asks the server for JSON. @throws Error with what it answers in place of that. */
export async function ask<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  return (await answerOf(await fetch(addressOf(path, query), { signal: signal ?? null }))).json() as Promise<T>;
}

/** Asks the server to do something, whose result is JSON. @throws Error as `ask`. */
export async function order<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  return (
    await answerOf(await fetch(addressOf(path, {}), { ...request, signal: signal ?? null }))
  ).json() as Promise<T>;
}

/** Asks the server for numbers in single precision. @throws Error as `ask`. */
export async function askNumbers(path: string, query: Query, signal?: AbortSignal): Promise<Float32Array> {
  const answer = await answerOf(await fetch(addressOf(path, query), { signal: signal ?? null }));
  return new Float32Array(await answer.arrayBuffer());
}

function addressOf(path: string, query: Query): string {
  const known = Object.entries(query).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]]));
  const text = new URLSearchParams(known).toString();
  return `api/${path}${text && `?${text}`}`;
}

async function answerOf(answer: Response): Promise<Response> {
  if (answer.ok) return answer;
  throw new Error((await answer.text()).trim() || `the server answered ${answer.status}`);
}
