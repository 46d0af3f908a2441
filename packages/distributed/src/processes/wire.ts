import { connect, type Socket } from 'node:net';

/** Sequence number and length of a message, in bytes before its content. */
const HEADER_BYTES = 8;

/** The half of a connection that sends. */
export class Outbox {
  readonly #socket: Socket;
  #sequence = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
    // Who reads from it notices that it is broken; here there is nothing to do about it.
    socket.on('error', () => {});
  }

  /** Resolves when the system has taken all bytes: only then may they change. */
  send(bytes: Uint8Array): Promise<void> {
    const header = Uint32Array.of(this.#sequence++, bytes.length);
    return new Promise((resolve) => {
      this.#socket.cork();
      this.#socket.write(new Uint8Array(header.buffer));
      this.#socket.write(bytes, () => resolve());
      this.#socket.uncork();
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** A message that is waited for. */
interface Awaited {
  readonly into: Uint8Array;
  resolve(): void;
  reject(error: Error): void;
}

/**
 * The half of a connection that receives: the system writes each message into the memory that it is for. While no
 * message is waited for, nothing is read, so one that comes early waits in the system's buffers.
 */
export class Inbox {
  readonly #socket: Socket;
  readonly #header = new Uint8Array(HEADER_BYTES);
  #sequence = 0;
  /** Bytes of the message, header included, that are there. */
  #received = 0;
  #awaited: Awaited | undefined;
  #isClosed = false;

  private constructor(path: string) {
    this.#socket = connect({
      path,
      onread: { buffer: () => this.#free(), callback: (bytes) => this.#take(bytes) },
    });
    this.#socket.pause();
  }

  /** Connects to whoever listens on a path. Rejects if nobody does. */
  static open(path: string): Promise<Inbox> {
    const inbox = new Inbox(path);
    const socket = inbox.#socket;
    return new Promise((resolve, reject) => {
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        socket.on('error', () => {});
        socket.once('close', () => inbox.#end());
        resolve(inbox);
      });
    });
  }

  /** Says a few bytes to whoever sends here. */
  greet(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Fills `into` with the next message, which has to be of its length. */
  receive(into: Uint8Array): Promise<void> {
    if (this.#awaited) throw new Error('two collectives at once: each has to be awaited');
    return new Promise((resolve, reject) => {
      if (this.#isClosed) return reject(new ConnectionLost());
      this.#awaited = { into, resolve, reject };
      this.#socket.resume();
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  // Where the next bytes belong.
  #free(): Uint8Array {
    if (this.#received < HEADER_BYTES) return this.#header.subarray(this.#received);
    return this.#awaited!.into.subarray(this.#received - HEADER_BYTES);
  }

  // Returns false when the message is complete, which stops the reading.
  #take(bytes: number): boolean {
    const { into, resolve, reject } = this.#awaited!;
    this.#received += bytes;
    if (this.#received === HEADER_BYTES && !this.#isExpected(into.length)) {
      reject(new Error('workers disagree: they called collectives in different orders or with different lengths'));
      this.#socket.destroy();
      return false;
    }
    if (this.#received < HEADER_BYTES + into.length) return true;
    this.#received = 0;
    this.#awaited = undefined;
    resolve();
    return false;
  }

  #isExpected(length: number): boolean {
    const [sequence, announced] = new Uint32Array(this.#header.buffer);
    return sequence === this.#sequence++ && announced === length;
  }

  #end(): void {
    this.#isClosed = true;
    this.#awaited?.reject(new ConnectionLost());
  }
}

/** The other end is gone. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';

  constructor() {
    super('another worker has left in the middle of the work');
  }
}
