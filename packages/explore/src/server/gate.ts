import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Where the server listens, and what an address must hold to be answered. */
export interface Gate {
  readonly port: number;
  /** The first part of every path. */
  readonly token: string;
}

/** Why a request is not answered. */
export interface Refusal {
  /** Status of HTTP. */
  readonly status: number;
  readonly reason: string;
}

/** What of a request decides whether it is let through. */
export type RequestHead = Pick<IncomingMessage, 'method' | 'url' | 'headers'>;

/** Longest address that is read, in characters. */
const LONGEST_ADDRESS = 4096;
/** Most bytes of the body of a request. */
export const LARGEST_BODY = 64 * 1024;

/**
 * Why a request is refused, by the first rule that it breaks; undefined for one that is let through:
 * - the address is short, and names this machine: a page of another host whose name leads here is not let in;
 * - no other site sends it, but for a link that a person follows;
 * - its path begins with the token;
 * - it reads, or sends a short text of JSON.
 */
export function refusalOf(request: RequestHead, gate: Gate): Refusal | undefined {
  const { method = '', url = '', headers } = request;
  if (url.length > LONGEST_ADDRESS) return { status: 414, reason: `address over ${LONGEST_ADDRESS} characters` };
  if (!namesOf(gate).includes(headers.host ?? '')) {
    return { status: 403, reason: `unknown host: expected ${namesOf(gate).join(' or ')}` };
  }
  if (isFromElsewhere(request, gate)) return { status: 403, reason: 'request of another site' };
  if (!hasToken(url, gate.token)) return { status: 403, reason: 'missing token: open the address that was printed' };
  if (method === 'GET') return undefined;
  if (method !== 'POST') return { status: 405, reason: `unknown method ${method}: expected GET or POST` };
  if (!/^application\/json(;|$)/.test(headers['content-type'] ?? '')) return { status: 415, reason: 'expected JSON' };
  if (Number(headers['content-length'] ?? 0) > LARGEST_BODY) return tooLarge;
  return undefined;
}

/** Of a body that is larger than `LARGEST_BODY`. */
export const tooLarge: Refusal = { status: 413, reason: `body over ${LARGEST_BODY} bytes` };

/** The path of an address behind the token, without its query: `/api/runs`. */
export function pathBehind(url: string, token: string): string {
  return url.slice(token.length + 1).split('?', 1)[0]!;
}

function namesOf({ port }: Gate): string[] {
  return [`127.0.0.1:${port}`, `localhost:${port}`];
}

function isFromElsewhere({ method, headers }: RequestHead, gate: Gate): boolean {
  const { origin } = headers;
  if (origin !== undefined && !namesOf(gate).some((name) => origin === `http://${name}`)) return true;
  const site = headers['sec-fetch-site'] ?? 'none';
  if (site === 'none' || site === 'same-origin') return false;
  return !(method === 'GET' && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document');
}

function hasToken(url: string, token: string): boolean {
  const given = Buffer.from(url.slice(1, token.length + 1));
  const wanted = Buffer.from(token);
  return given.length === wanted.length && timingSafeEqual(given, wanted) && url[token.length + 1] === '/';
}
