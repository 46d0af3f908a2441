import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { File, ready } from 'h5wasm/node';
import { holdsBrokenHeap } from './global-heap.js';

/** The functions of the HDF5 library. */
export type Hdf5Module = Awaited<typeof ready>;

/** What the HDF5 library could not do; the message is the innermost cause in its own words. */
export class Hdf5Failure extends Error {
  /** Everything that the library said. */
  readonly report: string;
  /** A file that it was about to read beside those that it may, whether that is there or not. */
  readonly otherFile: string | undefined;

  constructor(report: string, otherFile?: string, cause?: unknown) {
    super(innermostCause(report), { cause });
    this.report = report;
    this.otherFile = otherFile;
  }
}

// The library's stack names the outermost function first: the last line is the cause.
function innermostCause(report: string): string {
  const reasons = [...report.matchAll(/#\d+: \S+ line \d+ in \w+\(\): (.*)/g)];
  return (reasons.at(-1)?.[1] ?? report.split('\n')[0]!).replace(/: time = .*/, '');
}

/** Which files a call may open. */
export type MayOpen = (path: string) => boolean;

/** The call that is going on: what the library has said, and what it wanted to open. */
interface Call {
  readonly mayOpen: MayOpen;
  report: string;
  otherFile: string | undefined;
}

/**
 * The one way into the HDF5 library, which is C compiled to WebAssembly.
 *
 * The library prints a stack on stderr and goes on as if nothing had happened. Here the stack is collected instead and
 * becomes an `Hdf5Failure`, as everything else does that the library throws. No exception passes through C code, so
 * nothing that it holds is lost. A file that it opens unasked, as a link or external storage tells it to, is refused.
 */
export class Hdf5Library {
  readonly #module: Hdf5Module;
  /** Opens a file by name; to be used within `call`. */
  readonly File: typeof File;
  #call: Call | undefined;

  private constructor(module: Hdf5Module, file: typeof File) {
    this.#module = module;
    this.File = file;
    module.deactivate_throwing_error_handler();
    usePluginsOfPackage(module);
    this.#collectErrors();
    this.#watchOpening();
    this.#watchReading();
  }

  static #loaded: Promise<Hdf5Library> | undefined;

  /** The library, which is loaded once, when a file is first needed: that takes longer than most commands. */
  static load(): Promise<Hdf5Library> {
    Hdf5Library.#loaded ??= import('h5wasm/node').then(async ({ ready, File }) => new Hdf5Library(await ready, File));
    return Hdf5Library.#loaded;
  }

  /**
   * Runs `action`, which may open no other files than those.
   * @throws Hdf5Failure for everything that went wrong.
   */
  call<Result>(mayOpen: MayOpen, action: (module: Hdf5Module) => Result): Result {
    const call: Call = { mayOpen, report: '', otherFile: undefined };
    this.#call = call;
    let cause: unknown;
    try {
      const result = action(this.#module);
      if (call.report === '') return result;
    } catch (error) {
      cause = error;
      call.report += String(error);
    } finally {
      this.#call = undefined;
    }
    throw new Hdf5Failure(call.report, call.otherFile, cause);
  }

  #collectErrors(): void {
    const collect = (bytes: Uint8Array, offset: number, length: number): number => {
      const text = Buffer.from(bytes.buffer, bytes.byteOffset + offset, length).toString();
      if (this.#call) this.#call.report += text;
      return length;
    };
    const stderr = files(this.#module).getStream(STDERR);
    stderr.node = { mode: CHARACTER_DEVICE };
    stderr.flags = WRITE_ONLY;
    stderr.stream_ops = { write: (_, bytes, offset, length) => collect(bytes, offset, length) };
  }

  #watchOpening(): void {
    const system = files(this.#module);
    const open = system.open.bind(system);
    system.open = (path, ...how) => {
      const call = this.#call;
      if (!call || isPlugin(path) || call.mayOpen(path)) return open(path, ...how);
      call.otherFile = path;
      throw new system.ErrnoError(NO_SUCH_FILE);
    };
  }

  #watchReading(): void {
    const system = files(this.#module);
    const read = system.read.bind(system);
    system.read = (stream, buffer, offset, length, position) => {
      const start = position ?? stream.position;
      const count = read(stream, buffer, offset, length, position);
      const bytes = new Uint8Array(buffer.buffer, buffer.byteOffset + offset, count);
      if (this.#call && holdsBrokenHeap(bytes, stream.nfd, start)) throw new system.ErrnoError(INPUT_OUTPUT_ERROR);
      return count;
    };
  }
}

const STDERR = 2;
const CHARACTER_DEVICE = 0o020000;
const WRITE_ONLY = 1;
/** As WebAssembly numbers the errors of a system. */
const NO_SUCH_FILE = 44;
const INPUT_OUTPUT_ERROR = 29;

/** What is needed of Emscripten's file system. */
interface FileSystem {
  readonly ErrnoError: new (code: number) => Error;
  open(path: string, ...how: unknown[]): unknown;
  read(
    stream: { readonly nfd: number; readonly position: number },
    buffer: Int8Array,
    offset: number,
    length: number,
    position?: number,
  ): number;
  getStream(descriptor: number): {
    node: { mode: number };
    flags: number;
    stream_ops: { write(stream: unknown, bytes: Uint8Array, offset: number, length: number): number };
  };
}

function files(module: Hdf5Module): FileSystem {
  return module.FS as unknown as FileSystem;
}

/** Decoders of compressed data, as h5py and PyTables write them: lzf, blosc, zstd and others. */
const PLUGINS = join(dirname(createRequire(import.meta.url).resolve('h5wasm-plugins')), 'plugins');

// The folders where the library looks by itself may hold anything.
function usePluginsOfPackage(module: Hdf5Module): void {
  for (const _ of module.get_plugin_search_paths()) module.remove_plugin_search_path(0);
  module.insert_plugin_search_path(PLUGINS, 0);
}

function isPlugin(path: string): boolean {
  return path === PLUGINS || dirname(path) === PLUGINS;
}
