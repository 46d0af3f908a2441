import { connect, createServer, type Server, type TLSSocket } from 'node:tls';

/** Both ends know the same secret: each knows by it who the other is, and nobody reads along. */
const TLS = {
  ciphers: 'ECDHE-PSK-CHACHA20-POLY1305',
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.2',
} as const;

/** Whoever says nothing for so long, though it is asked to say something much more often, is gone. */
const SILENCE_SECONDS = 60;
const SECONDS_BETWEEN_SIGNS = 10;
/** Longest wait for an address that does not answer. */
const DIAL_SECONDS = 5;

/** Listens on every address of this host, at a port that the system chooses, for whoever knows the secret. */
export function listen(secret: string, onConnection: (connection: Connection) => void): Promise<Server> {
  const key = Buffer.from(secret, 'hex');
  const options = { ...TLS, handshakeTimeout: 1000 * DIAL_SECONDS, pskCallback: () => key };
  const server = createServer(options, (socket) => onConnection(new Connection(socket)));
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, () => resolve(server));
  });
}

/** Connects to the first of some addresses that answers and knows the secret. Rejects if none does. */
export async function dial(addresses: readonly string[], port: number, secret: string): Promise<Connection> {
  const attempts = addresses.map((address) => dialOne(address, port, secret));
  const first = await Promise.any(attempts);
  for (const attempt of attempts) {
    attempt.then(
      (socket) => socket !== first && socket.destroy(),
      () => {},
    );
  }
  return new Connection(first);
}

function dialOne(host: string, port: number, secret: string): Promise<TLSSocket> {
  const psk = Buffer.from(secret, 'hex');
  return new Promise((resolve, reject) => {
    const socket = connect({
      ...TLS,
      host,
      port,
      pskCallback: () => ({ psk, identity: 'rank' }),
      // The secret says who it is; there are no certificates.
      checkServerIdentity: () => undefined,
    });
    const refuse = (error: Error): void => {
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(() => refuse(new Error(`${host} does not answer`)), 1000 * DIAL_SECONDS);
    socket.once('error', refuse);
    socket.once('close', () => clearTimeout(timer));
    socket.once('secureConnect', () => {
      clearTimeout(timer);
      socket.off('error', refuse);
      resolve(socket);
    });
  });
}

/** A connection between two ranks: messages in their order, until one of them is gone. */
export class Connection {
  readonly #socket: TLSSocket;
  readonly #signs: NodeJS.Timeout;

  constructor(socket: TLSSocket) {
    this.#socket = socket;
    // It closes then, which is told.
    socket.on('error', () => {});
    socket.setTimeout(1000 * SILENCE_SECONDS, () => socket.destroy());
    this.#signs = setInterval(() => socket.write('\n'), 1000 * SECONDS_BETWEEN_SIGNS);
    socket.once('close', () => clearInterval(this.#signs));
  }

  send(message: unknown): void {
    if (this.#socket.writable) this.#socket.write(`${JSON.stringify(message)}\n`);
  }

  /** Calls `hear` with each message, and `onClose` when no more can come. */
  listen<Message>(hear: (message: Message) => void, onClose: () => void): void {
    let text = '';
    this.#socket.setEncoding('utf8').on('data', (more: string) => {
      const lines = (text + more).split('\n');
      text = lines.pop()!;
      for (const line of lines) if (line !== '') hear(JSON.parse(line) as Message);
    });
    this.#socket.once('close', onClose);
    if (this.#socket.destroyed) onClose();
  }

  /** Ends it when all that was sent has gone. */
  close(): void {
    this.#socket.end();
  }
}
