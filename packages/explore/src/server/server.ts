import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isUserError } from '@unfold-zoo/core';
import { systemErrorMessage } from '@unfold-zoo/core/files';
import { type Gate, LARGEST_BODY, pathBehind, type Refusal, refusalOf, tooLarge } from './gate.js';
import { HEADERS } from './headers.js';
import type { PageFile } from './pages.js';
import { type Answer, NotFound, type Route } from './route.js';

/** What is served. */
export interface Served {
  readonly token: string;
  /** By path behind the token, e.g. `/style.css`. */
  readonly pages: ReadonlyMap<string, PageFile>;
  /** By path behind the token, e.g. `/api/runs`. */
  readonly routes: ReadonlyMap<string, Route>;
  /** Told of what is no mistake of the reader's. */
  onFailure(error: unknown): void;
}

/** The loopback alone: nothing on the network reaches it. */
const HOST = '127.0.0.1';
const MOST_CONNECTIONS = 64;
const HEADER_SECONDS = 10;

/** Starts to listen on this machine alone. @param port 0 for any that is free. */
export async function serve(served: Served, port: number): Promise<{ readonly server: Server; readonly gate: Gate }> {
  const gate = { port, token: served.token };
  const server = createServer({ maxHeaderSize: 16_384, headersTimeout: 1000 * HEADER_SECONDS }, (request, response) => {
    void respond(request, response, served, gate);
  });
  server.maxConnections = MOST_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, HOST, resolve);
  });
  gate.port = (server.address() as AddressInfo).port;
  return { server, gate };
}

/** What is sent back. */
interface Reply {
  readonly status: number;
  readonly type: string;
  readonly content: Buffer;
}

async function respond(request: IncomingMessage, response: ServerResponse, served: Served, gate: Gate): Promise<void> {
  const leaving = new AbortController();
  response.once('close', () => leaving.abort());
  const { status, type, content } = await replyTo(request, leaving.signal, served, gate);
  // What a request that is too large still sends is not waited for.
  const closing = status === tooLarge.status ? { connection: 'close' } : {};
  response.writeHead(status, { ...HEADERS, ...closing, 'content-type': type, 'content-length': content.length });
  response.end(content);
}

async function replyTo(request: IncomingMessage, signal: AbortSignal, served: Served, gate: Gate): Promise<Reply> {
  const refused = refusalOf(request, gate);
  if (refused) return refusal(refused);
  const path = pathBehind(request.url!, gate.token);
  const page = request.method === 'GET' ? served.pages.get(path) : undefined;
  if (page) return { status: 200, ...page };
  const route = served.routes.get(path);
  if (!route) return refusal({ status: 404, reason: `unknown path ${path}` });
  if (route.method !== request.method) return refusal({ status: 405, reason: `expected ${route.method}` });
  try {
    const given = route.method === 'GET' ? queryOf(request.url!) : await bodyOf(request);
    return given ? replyOf(await route.answer(given, signal)) : refusal(tooLarge);
  } catch (error) {
    return failure(error, signal, served);
  }
}

function queryOf(url: string): Record<string, string> {
  return Object.fromEntries(new URL(url, 'http://localhost').searchParams);
}

/** The body as JSON; undefined for one that is too large, whatever its headers said. */
async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown> | undefined> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > LARGEST_BODY) return undefined;
    parts.push(part);
  }
  try {
    const value: unknown = JSON.parse(Buffer.concat(parts).toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new NotFound('invalid body: expected an object of JSON');
}

/** A mistake of the reader's is a sentence; whatever else goes wrong is told to the terminal alone. */
function failure(error: unknown, signal: AbortSignal, { onFailure }: Served): Reply {
  const refused = systemErrorMessage(error);
  const reason = isUserError(error) ? error.message : refused;
  if (reason !== undefined) return refusal({ status: error instanceof NotFound ? 404 : 422, reason });
  // Work that nobody waits for any longer ends with the reason of its signal.
  if (!signal.aborted) onFailure(error);
  return refusal({ status: 500, reason: 'internal error: see the terminal' });
}

function replyOf(answer: Answer): Reply {
  if ('json' in answer) {
    const content = Buffer.from(JSON.stringify(answer.json));
    return { status: 200, type: 'application/json; charset=utf-8', content };
  }
  const { buffer, byteOffset, byteLength } = answer.numbers;
  return { status: 200, type: 'application/octet-stream', content: Buffer.from(buffer, byteOffset, byteLength) };
}

function refusal({ status, reason }: Refusal): Reply {
  return { status, type: 'text/plain; charset=utf-8', content: Buffer.from(`${reason}\n`) };
}
