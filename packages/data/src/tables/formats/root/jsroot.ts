import { UserError } from '@unfold-zoo/core';
import type { FileBytes } from '../../file-bytes.js';

// What is used of jsroot, which is an optional peer of this package and has no types of its own for these doors.

/** A leaf of a branch: the type and the axes of its numbers. */
export interface RootLeaf {
  readonly _typename: string;
  readonly fName: string;
  readonly fTitle: string;
  /** Numbers of an entry, or of each element of a list. */
  readonly fLen: number;
  readonly fIsUnsigned: boolean;
  readonly fLeafCount: RootLeaf | null;
}

/** A branch of a tree. */
export interface RootBranch {
  readonly _typename: string;
  readonly fName: string;
  readonly fClassName?: string;
  readonly fEntries: number;
  readonly fLeaves: { readonly arr: readonly RootLeaf[] };
  readonly fBranches: { readonly arr: readonly RootBranch[] };
  /** Number of the first entry of each basket. */
  readonly fBasketEntry?: ArrayLike<number>;
  /** Bytes of each basket in the file, and where it begins. */
  readonly fBasketBytes?: ArrayLike<number>;
  readonly fBasketSeek?: ArrayLike<number>;
  /** Baskets in the file. */
  readonly fWriteBasket?: number;
  /** Baskets that stand within the description of the tree. */
  readonly fBaskets?: { readonly arr: ArrayLike<RootBasket | null> };
  /** Whether baskets say where each of their entries begins. */
  readonly fEntryOffsetLen?: number;
  readonly fFirstEntry?: number;
  /** The file that its baskets are in, where that is another. */
  readonly fFileName?: string;
  readonly fBranchCount?: RootBranch | null;
  readonly fBranchCount2?: RootBranch | null;
  readonly fType?: number;
  readonly fStreamerType?: number;
  readonly fClassVersion?: number;
  readonly fCheckSum?: number;
}

/** A basket within the description of a tree. */
export interface RootBasket {
  readonly fNevBuf: number;
  readonly fKeylen: number;
  readonly fLast: number;
  readonly fEntryOffset?: ArrayLike<number>;
  /** Its bytes after its key. */
  readonly fBufferRef?: { readonly arr: DataView };
}

/** A tree of a file. */
export interface RootTree {
  readonly fName: string;
  readonly fEntries: number;
  readonly fBranches: { readonly arr: readonly RootBranch[] };
}

/** An entry in the list of what a file holds. */
export interface RootKey {
  readonly fName: string;
  readonly fClassName: string;
  readonly fCycle: number;
}

/** An open file. */
export interface RootFileHandle {
  readonly fKeys: readonly RootKey[];
  readObject(name: string): Promise<unknown>;
  /** The members of a class, as the file describes it; null where it does not. */
  findStreamerInfo(className: string, version: number | undefined, checksum: number | undefined): RootClass | null;
  /** Reads bytes at some places. */
  readBuffer: (...request: unknown[]) => Promise<unknown>;
}

/** A class whose objects a file holds. */
export interface RootClass {
  readonly fElements?: { readonly arr: readonly { readonly fName: string; readonly fTypeName: string }[] };
}

/** What is told of each entry as it is read. */
export interface RootSelector {
  readonly tgtobj: Readonly<Record<string, unknown>>;
  addBranch(branch: RootBranch, name: string): void;
  Process: (entry: number) => void;
  Terminate: (isDone: boolean) => void;
}

/** The doors of jsroot that read files. */
export interface Jsroot {
  openFile(proxy: object): Promise<RootFileHandle | null>;
  FileProxy: new () => object;
  TSelector: new () => RootSelector;
  treeProcess(
    tree: RootTree,
    selector: RootSelector,
    range: { readonly firstentry: number; readonly numentries: number },
  ): Promise<unknown>;
  /** Unpacks a basket; null where it is damaged. */
  unzip(bytes: DataView, size: number, isSilent: boolean): Promise<DataView | null>;
}

/** Bytes as jsroot goes through them. */
interface RootBytes {
  readonly prototype: {
    remain(): number;
    readNdimArray(axes: ArrayAxes, ...rest: unknown[]): unknown;
  };
}

/** Axes of an array, as a file says them. */
interface ArrayAxes {
  readonly fArrayDim: number;
  readonly fMaxIndex: ArrayLike<number>;
  readonly fArrayLength: number;
  /** Whether the last axis is not read one by one. */
  readonly minus1?: boolean;
}

const bounded = new WeakSet<object>();

/** Refuses arrays of more elements than there are bytes: jsroot would make them before it reads the first element. */
function boundArrays({ prototype }: RootBytes): void {
  if (bounded.has(prototype)) return;
  bounded.add(prototype);
  const { readNdimArray } = prototype;
  prototype.readNdimArray = function (axes, ...rest) {
    const { fArrayDim, fMaxIndex, fArrayLength, minus1 } = axes;
    const lengths = fArrayDim < 1 ? [fArrayLength] : Array.from(fMaxIndex).slice(0, fArrayDim);
    const elements = (minus1 ? lengths.slice(0, -1) : lengths).reduce((product, length) => product * length, 1);
    if (elements <= Math.max(1, this.remain())) return readNdimArray.call(this, axes, ...rest);
    throw new Error(`an array of ${elements} elements where ${this.remain()} bytes are left`);
  };
}

/**
 * Loads jsroot, when a ROOT file is first read.
 * @throws UserError where it is not installed.
 */
export async function loadJsroot(): Promise<Jsroot> {
  const doors = ['jsroot/io', 'jsroot/tree'];
  try {
    const [io, tree] = (await Promise.all(doors.map((door) => import(door)))) as [
      Jsroot & { readonly TBuffer: RootBytes; readonly R__unzip: Jsroot['unzip'] },
      Jsroot,
    ];
    boundArrays(io.TBuffer);
    const { openFile, FileProxy, R__unzip: unzip } = io;
    return { openFile, FileProxy, unzip, TSelector: tree.TSelector, treeProcess: tree.treeProcess };
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND';
    if (!isMissing) throw error;
    throw new UserError('missing jsroot, which reads ROOT files: npm install --ignore-scripts jsroot@7.11.2');
  }
}

/**
 * Rejects once a promise is rejected that follows from bytes of the file. jsroot lets go of some of them: for a damaged
 * basket the process would end by an unhandled rejection, and what waits for the basket would wait for ever.
 */
export function failureOf(file: RootFileHandle): Promise<never> {
  const failure = new Promise<never>((_, reject) => {
    class Watched<Value> extends Promise<Value> {
      // biome-ignore lint/suspicious/noThenProperty: it is a promise.
      override then<A = Value, B = never>(
        onValue?: ((value: Value) => A | PromiseLike<A>) | null,
        onReason?: ((reason: unknown) => B | PromiseLike<B>) | null,
      ): Promise<A | B> {
        const next = super.then(onValue, onReason);
        void Promise.prototype.then.call(next, undefined, reject);
        return next;
      }
    }
    const readBuffer = file.readBuffer.bind(file);
    file.readBuffer = (...request) => Watched.resolve(readBuffer(...request));
  });
  failure.catch(() => {});
  return failure;
}

/** The bytes of a file as jsroot asks for them. */
export function fileProxy({ FileProxy }: Jsroot, bytes: FileBytes): object {
  return Object.assign(new FileProxy(), {
    openFile: async () => true,
    getFileName: () => bytes.path,
    getFileSize: () => bytes.size,
    // It asks for the beginning of a file without knowing its size.
    readBuffer: async (start: number, length: number) => {
      const isBeginning = start === 0 && length > bytes.size;
      return new DataView((await bytes.read(start, isBeginning ? bytes.size : length)).buffer);
    },
  });
}
