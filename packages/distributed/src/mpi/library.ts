import { UserError } from '@unfold-zoo/core';
import { launchedAs } from '@unfold-zoo/core/workers';
import { type Abi, abiOf, type HandleName } from './abi.js';
import { keepPlugins } from './keep-plugins.js';

/**
 * The functions of MPI that training needs, on all processes of the job. Those that wait run on a thread of their own.
 */
export interface MpiLibrary {
  /** The file that was loaded. */
  readonly path: string;
  /** What the library calls itself, e.g. `Open MPI v4.1.4`. */
  readonly version: string;
  /** Whether waiting leaves the event loop free: only if the library was built for several threads. */
  readonly isThreaded: boolean;
  readonly rank: number;
  readonly world: number;
  /** Adds up in place. At most 2^31 - 1 values. */
  sum(values: Float32Array | Float64Array): Promise<void>;
  broadcast(bytes: Uint8Array): Promise<void>;
  barrier(): Promise<void>;
  /** Sends a number to another worker, which need not listen yet. */
  tell(rank: number, value: number): Promise<void>;
  /** The oldest number that another worker has told this one and that was not heard yet. */
  hear(rank: number): number | undefined;
  finalize(): void;
  abort(exitCode: number): void;
}

/** `MPI_THREAD_SERIALIZED`: calls may come from any thread, one at a time. */
const SERIALIZED = 2;
/** `MPI_THREAD_MULTIPLE`, which aborting from one thread while another waits needs. */
const MULTIPLE = 3;
/**
 * What the system gives a thread. Within the 256 KiB that koffi gives one by default, MPICH's reductions overrun it.
 */
const STACK_BYTES = 8 * 2 ** 20;
/** More than any implementation's `MPI_MAX_LIBRARY_VERSION_STRING`. */
const VERSION_BYTES = 8192;

/** Loads the MPI library and joins the other processes of the job; once in a process. @throws UserError without one. */
export async function joinMpi(library: string | undefined): Promise<MpiLibrary> {
  const koffi = await loadKoffi();
  // UCX, on which many an MPICH is built, otherwise puts hooks into the allocator of a process that runs already and
  // has threads; now and then one of them then finds its memory gone (openucx/ucx#3831).
  process.env['UCX_MEM_EVENTS'] ??= 'n';
  koffi.config({ async_stack_size: STACK_BYTES });
  const { handle: loaded, path } = loadFirst(koffi, library === undefined ? candidates() : [library]);
  return start(koffi, loaded, path);
}

type Koffi = typeof import('koffi');
type Loaded = import('koffi').LibraryHandle;

async function loadKoffi(): Promise<Koffi> {
  try {
    return (await import('koffi')).default as unknown as Koffi;
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new UserError(`missing koffi, which calls the MPI library: it does not load here: ${detail}`, { cause });
  }
}

const OPEN_MPI = ['libmpi.so.40', 'libmpi.40.dylib'];
const MPICH = ['libmpi.so.12', 'libmpich.so.12', 'libmpi.12.dylib'];

/** First that of the launcher, where several are installed. */
function candidates(): string[] {
  const isMpich = launchedAs()?.launcher.includes('MPICH') === true || process.env['PMI_RANK'] !== undefined;
  const own = isMpich ? [...MPICH, ...OPEN_MPI] : [...OPEN_MPI, ...MPICH];
  return [...own, 'libmpi_abi.so.0', 'libmpi.so', 'libmpi.dylib'];
}

// Global, because plug-ins of some builds of Open MPI look for its symbols.
function loadFirst(koffi: Koffi, paths: readonly string[]): { handle: Loaded; path: string } {
  const problems: string[] = [];
  for (const path of paths) {
    try {
      return { handle: koffi.load(path, { global: true }), path };
    } catch (error) {
      problems.push((error as Error).message);
    }
  }
  const detail = paths.length === 1 ? problems[0] : `none of ${paths.join(', ')} loads`;
  throw new UserError(
    `missing MPI library: ${detail}; install one (Debian: openmpi-bin), or load its module, or name it by ` +
      'parallel.library',
  );
}

function start(koffi: Koffi, loaded: Loaded, path: string): MpiLibrary {
  const abi = abiOf(path, (name) => symbolOf(loaded, name) !== undefined);
  const handles = handlesOf(abi, loaded);
  const inPlace = koffi.as(abi.inPlace, 'void *');
  const version = versionOf(loaded);
  const number = numberFrom(loaded, abi, handles.world);
  const level = initialise(loaded);
  const call = caller(level >= SERIALIZED);
  const { handle } = abi;
  const allReduce = loaded.func(
    `int MPI_Allreduce(void *send, void *receive, int count, ${handle} type, ${handle} op, ${handle} comm)`,
  );
  const broadcast = loaded.func(`int MPI_Bcast(void *buffer, int count, ${handle} type, int root, ${handle} comm)`);
  const barrier = loaded.func(`int MPI_Barrier(${handle} comm)`);
  const abort = loaded.func(`int MPI_Abort(${handle} comm, int code)`);
  const finalize = loaded.func('int MPI_Finalize()');
  const { world, float, double, byte, sum } = handles;
  return {
    path,
    version,
    isThreaded: level >= MULTIPLE,
    rank: number('MPI_Comm_rank'),
    world: number('MPI_Comm_size'),
    sum: (values) => {
      const type = values instanceof Float32Array ? float : double;
      return call(allReduce, inPlace, values, values.length, type, sum, world);
    },
    broadcast: (bytes) => call(broadcast, bytes, bytes.length, byte, 0, world),
    barrier: () => call(barrier, world),
    ...messages(loaded, abi, handles, call),
    finalize: () => {
      keepPlugins(koffi);
      finalize();
    },
    abort: (exitCode) => void abort(world, exitCode),
  };
}

/** Any number: no other messages are sent from worker to worker. */
const TAG = 1;
/** More than `MPI_Status` has in any of the interfaces. */
const STATUS_BYTES = 64;

function messages(
  loaded: Loaded,
  { handle }: Abi,
  { world, double }: Record<HandleName, unknown>,
  call: ReturnType<typeof caller>,
): Pick<MpiLibrary, 'tell' | 'hear'> {
  const message = `void *buffer, int count, ${handle} type, int rank, int tag, ${handle} comm`;
  const send = loaded.func(`int MPI_Send(${message})`);
  const receive = loaded.func(`int MPI_Recv(${message}, void *status)`);
  const probe = loaded.func(`int MPI_Iprobe(int rank, int tag, ${handle} comm, void *flag, void *status)`);
  const status = Buffer.alloc(STATUS_BYTES);
  return {
    tell: (rank, value) => call(send, Float64Array.of(value), 1, double, rank, TAG, world),
    hear: (rank) => {
      const isThere = new Int32Array(1);
      probe(rank, TAG, world, isThere, status);
      if (isThere[0] === 0) return undefined;
      const value = new Float64Array(1);
      receive(value, 1, double, rank, TAG, world, status);
      return value[0];
    },
  };
}

function symbolOf(loaded: Loaded, name: string): unknown {
  try {
    return loaded.symbol(name);
  } catch {
    return undefined;
  }
}

function handlesOf({ handles }: Abi, loaded: Loaded): Record<HandleName, unknown> {
  const resolved = Object.entries(handles).map(([name, value]) => [
    name,
    typeof value === 'string' ? loaded.symbol(value) : value,
  ]);
  return Object.fromEntries(resolved) as Record<HandleName, unknown>;
}

// May be asked before MPI starts.
function versionOf(loaded: Loaded): string {
  const text = Buffer.alloc(VERSION_BYTES);
  const length = new Int32Array(1);
  loaded.func('int MPI_Get_library_version(void *text, void *length)')(text, length);
  const [name = ''] = text.toString('utf8', 0, length[0]).split(/[\n,]/);
  return name.replace(/\s*Version:\s*/, ' ').trim();
}

/** Starts MPI for as many threads as it allows; returns the level that it grants. */
function initialise(loaded: Loaded): number {
  const provided = new Int32Array(1);
  loaded.func('int MPI_Init_thread(void *argc, void *argv, int required, void *provided)')(
    null,
    null,
    MULTIPLE,
    provided,
  );
  return provided[0]!;
}

function numberFrom(loaded: Loaded, { handle }: Abi, world: unknown): (name: string) => number {
  return (name) => {
    const value = new Int32Array(1);
    loaded.func(`int ${name}(${handle} comm, void *value)`)(world, value);
    return value[0]!;
  };
}

type Callable = ReturnType<Loaded['func']>;

// The arguments stay referenced, and so the memory in place, until the promise is kept.
function caller(isThreaded: boolean): (callable: Callable, ...args: readonly unknown[]) => Promise<void> {
  return (callable, ...args) =>
    new Promise((resolve, reject) => {
      const settle = (error: unknown, code: number): void => {
        if (error) reject(error);
        else if (code !== 0)
          reject(new Error(`${callable.info.name} failed with code ${code} on ${args.length} arguments`));
        else resolve();
      };
      if (isThreaded) callable.async(...args, settle);
      else settle(undefined, callable(...args));
    });
}
