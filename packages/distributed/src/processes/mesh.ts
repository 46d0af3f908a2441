import { timingSafeEqual } from 'node:crypto';
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
  /** What the workers of a job alone know, 32 hexadecimal digits: whoever connects says it first. */
  readonly secret: string;
}

const RETRY_MILLISECONDS = 5;
/** How long whoever connects has to say who it is. */
const GREETING_MILLISECONDS = 10_000;
/** Bytes of the secret, and of the rank after it. */
const [SECRET_BYTES, RANK_BYTES] = [16, 2];
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
  const outboxes = acceptAll(server, place);
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

/** Every other worker, once each. Strangers, who do not know the secret in time, are left. */
function acceptAll(server: Server, place: Place): Promise<ReadonlyMap<number, Outbox>> {
  const outboxes = new Map<number, Outbox>();
  return new Promise((resolve) => {
    server.on('connection', (socket: Socket) => {
      void rankOfCaller(socket, place.secret).then((rank) => {
        const isExpected = rank !== undefined && rank < place.world && rank !== place.rank && !outboxes.has(rank);
        if (!isExpected) return void socket.destroy();
        outboxes.set(rank, new Outbox(socket));
        if (outboxes.size === place.world - 1) resolve(outboxes);
      });
    });
  });
}

/** The rank in the greeting of whoever has connected; undefined for a stranger. */
function rankOfCaller(socket: Socket, secret: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    let said = Buffer.alloc(0);
    const timer = setTimeout(() => resolve(undefined), GREETING_MILLISECONDS);
    const end = (rank: number | undefined): void => {
      clearTimeout(timer);
      socket.removeAllListeners('data');
      resolve(rank);
    };
    socket.on('error', () => end(undefined));
    socket.once('close', () => end(undefined));
    socket.on('data', (bytes: Buffer) => {
      said = Buffer.concat([said, bytes]);
      if (said.length < SECRET_BYTES + RANK_BYTES) return;
      const known = Buffer.from(secret, 'hex');
      const isFriend = known.length === SECRET_BYTES && timingSafeEqual(said.subarray(0, SECRET_BYTES), known);
      end(isFriend ? said.readUInt16LE(SECRET_BYTES) : undefined);
    });
  });
}

function greeting({ rank, secret }: Place): Uint8Array {
  const bytes = Buffer.alloc(SECRET_BYTES + RANK_BYTES);
  bytes.write(secret, 'hex');
  bytes.writeUInt16LE(rank, SECRET_BYTES);
  return bytes;
}

// The other may not listen yet. If it never does, it has died, and the supervisor ends this one too.
async function dial(place: Place, rank: number): Promise<Inbox> {
  for (;;) {
    try {
      const inbox = await Inbox.open(address(place, rank));
      inbox.greet(greeting(place));
      return inbox;
    } catch {
      await delay(RETRY_MILLISECONDS);
    }
  }
}
