import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Inbox, Outbox } from './wire.js';

/** The connections to another worker. */
export interface Peer {
  readonly rank: number;
  readonly inbox: Inbox;
  readonly outbox: Outbox;
}

/** A worker and where the workers of its job meet. */
export interface Place {
  readonly rank: number;
  readonly world: number;
  /** Folder of the sockets; on Windows the beginning of the names of the pipes. */
  readonly meeting: string;
}

const RETRY_MILLISECONDS = 5;
/** Longest path of a Unix socket: `sun_path` has 104 bytes on macOS, 108 on Linux. */
const LONGEST_PATH = 100;

/** A folder for temporary files whose path leaves room for the names of sockets. */
export function socketRoot(): string {
  const folder = tmpdir();
  return Buffer.byteLength(folder) + 'unfold-workers-XXXXXX/worker-9999'.length > LONGEST_PATH ? '/tmp' : folder;
}

/**
 * Connects a worker with every other: each listens, and receives over the connections that it made. Ordered by rank.
 */
export async function joinMesh(place: Place): Promise<Peer[]> {
  const others = Array.from({ length: place.world }, (_, rank) => rank).filter((rank) => rank !== place.rank);
  const server = createServer();
  const outboxes = acceptAll(server, others.length);
  await listen(server, address(place, place.rank));
  const inboxes = await Promise.all(others.map((rank) => dial(place, rank)));
  const outboxOf = await outboxes;
  server.close();
  return others.map((rank, i) => ({ rank, inbox: inboxes[i]!, outbox: outboxOf.get(rank)! }));
}

function address({ meeting }: Place, rank: number): string {
  return process.platform === 'win32' ? `${meeting}-${rank}` : join(meeting, `worker-${rank}`);
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => resolve());
  });
}

function acceptAll(server: Server, count: number): Promise<ReadonlyMap<number, Outbox>> {
  const outboxes = new Map<number, Outbox>();
  return new Promise((resolve) => {
    server.on('connection', (socket: Socket) => {
      socket.once('data', (greeting: Buffer) => {
        outboxes.set(greeting.readUInt16LE(), new Outbox(socket));
        if (outboxes.size === count) resolve(outboxes);
      });
    });
  });
}

// The other may not listen yet. If it never does, it has died, and the supervisor ends this one too.
async function dial(place: Place, rank: number): Promise<Inbox> {
  for (;;) {
    try {
      const inbox = await Inbox.open(address(place, rank));
      inbox.greet(new Uint8Array(Uint16Array.of(place.rank).buffer));
      return inbox;
    } catch {
      await delay(RETRY_MILLISECONDS);
    }
  }
}
