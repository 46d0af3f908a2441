import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { UserError } from '@unfold-zoo/core';
import { mutatedBytes } from './mutations.js';
import type { Example, Reader } from './reader.js';

/** What a worker says first to another whom it connects with; strangers may say anything. */
export const greetingReader: Reader = { name: 'greeting', hasChecksum: true, mutation: mutatedBytes, prepare };

const SECRET = '00112233445566778899aabbccddeeff';
const GREETING = Buffer.from(`${SECRET}0100`, 'hex');
const MESSAGE = Buffer.from('what worker 0 sends');
/** Sequence number and length before each message. */
const HEADER_BYTES = 8;

interface Peer {
  readonly outbox: { send(bytes: Uint8Array): Promise<void>; close(): void };
  readonly inbox: { close(): void };
}

type JoinMesh = (place: { rank: number; world: number; meeting: string; secret: string }) => Promise<Peer[]>;

async function prepare(folder: string): Promise<Example> {
  const url = new URL('processes/mesh.js', import.meta.resolve('@unfold-zoo/distributed'));
  const { joinMesh } = (await import(url.href)) as { joinMesh: JoinMesh };
  return { bytes: GREETING, read: (bytes) => visit(joinMesh, mkdtempSync(join(folder, 'm-')), bytes) };
}

/**
 * Worker 0 of two meets a caller who says these bytes, beside one who says nothing at all, and after them the other
 * worker, unless it has taken the caller for that.
 * @returns what the worker sends to the caller.
 * @throws UserError for a caller who is turned away; the two workers have met all the same.
 */
async function visit(joinMesh: JoinMesh, meeting: string, bytes: Uint8Array): Promise<string> {
  const callers: Socket[] = [];
  const called: Socket[] = [];
  const other = createServer((socket) => called.push(socket.on('error', () => {})));
  other.listen(join(meeting, 'worker-1'));
  try {
    const joined = joinMesh({ rank: 0, world: 2, meeting, secret: SECRET });
    const path = join(meeting, 'worker-0');
    callers.push(await dial(path), await dial(path));
    const [, caller] = callers as [Socket, Socket];
    const left = once(caller.resume(), 'close');
    if (bytes.length < GREETING.length) caller.end(bytes);
    else caller.write(bytes);
    const peers = await Promise.race([joined, left.then(() => undefined)]);
    if (peers) return await heard(caller, peers[0]!);
    callers.push(await dial(path));
    callers[2]!.write(GREETING);
    if ((await heard(callers[2]!, (await joined)[0]!)) !== `${MESSAGE}`) throw new Error('the workers did not meet');
    throw new UserError('invalid greeting: the caller is not of this job');
  } finally {
    for (const socket of [...callers, ...called]) socket.destroy();
    await closed(other);
    rmSync(meeting, { recursive: true, force: true });
  }
}

/** A connection to a worker that may not listen yet. */
async function dial(path: string): Promise<Socket> {
  for (;;) {
    const socket = connect(path);
    try {
      await once(socket, 'connect');
      return socket.on('error', () => {});
    } catch {
      await delay(1);
    }
  }
}

/** What a caller gets when the worker sends something to its peer. */
async function heard(caller: Socket, { outbox, inbox }: Peer): Promise<string> {
  let received = Buffer.alloc(0);
  const all = new Promise<void>((resolve) => {
    caller.on('data', (bytes: Buffer) => {
      received = Buffer.concat([received, bytes]);
      if (received.length >= HEADER_BYTES + MESSAGE.length) resolve();
    });
  });
  await outbox.send(MESSAGE);
  await all;
  outbox.close();
  inbox.close();
  return `${received.subarray(HEADER_BYTES)}`;
}

async function closed(server: Server): Promise<void> {
  await new Promise((resolve) => {
    server.close(resolve);
  });
}
