import { UserError } from '@unfold-zoo/core';
import { alternatives } from '@unfold-zoo/core/config';
import { firstFew } from '@unfold-zoo/core/printable';
import type { Column } from '../../files/raw-events.js';
import { beginWith, FileBytes } from '../file-bytes.js';
import { foreignFile } from '../foreign-file.js';
import type { ColumnBlock, FileFormat, TableColumn, TableFile } from '../table-file.js';
import { damaged } from '../table-mistakes.js';
import {
  failureOf,
  fileProxy,
  type Jsroot,
  loadJsroot,
  type RootFileHandle,
  type RootKey,
  type RootTree,
} from './jsroot.js';
import { type BranchColumn, branchColumns } from './root-branches.js';

/** A tree of a ROOT file, whose baskets are read by ranges of entries. */
class RootTreeFile implements TableFile {
  readonly columns: readonly TableColumn[];
  readonly #bytes: FileBytes;
  readonly #jsroot: Jsroot;
  readonly #tree: RootTree;
  readonly #failure: Promise<never>;
  readonly #branches: ReadonlyMap<string, BranchColumn>;

  constructor(bytes: FileBytes, jsroot: Jsroot, { file, tree }: { file: RootFileHandle; tree: RootTree }) {
    this.#bytes = bytes;
    this.#jsroot = jsroot;
    this.#tree = tree;
    this.#failure = failureOf(file);
    const branches = branchColumns(tree);
    this.columns = branches.map(({ column }) => column);
    this.#branches = new Map(branches.map((each) => [each.column.name, each]));
  }

  get path(): string {
    return this.#bytes.path;
  }

  /** Entries of the first basket of the first branch: branches of a tree are mostly cut at the same entries. */
  get blockRows(): number {
    const [, second = 0] = Array.from(this.#tree.fBranches.arr[0]?.fBasketEntry ?? []);
    return second;
  }

  async read(columns: readonly string[], start: number, count: number): Promise<ReadonlyMap<string, ColumnBlock>> {
    const read = columns.map((name) => new EntryColumn(this.#branches.get(name)!.column, count));
    if (count === 0 || columns.length === 0) return new Map(read.map((each) => [each.name, each.block()]));
    const selector = new this.#jsroot.TSelector();
    for (const [i, name] of columns.entries()) selector.addBranch(this.#branches.get(name)!.branch, `c${i}`);
    selector.Process = () => {
      for (const [i, each] of read.entries()) each.add(selector.tgtobj[`c${i}`]);
    };
    selector.Terminate = () => {};
    const what = `${firstFew(columns, 3)}, entries ${start} on,`;
    try {
      const range = { firstentry: start, numentries: count };
      await silently(() => Promise.race([this.#jsroot.treeProcess(this.#tree, selector, range), this.#failure]));
      for (const each of read) each.checkCount(count);
    } catch (error) {
      throw damaged(this.path, what, error);
    }
    return new Map(read.map((each) => [each.name, each.block()]));
  }

  close(): Promise<void> {
    return this.#bytes.close();
  }
}

/** Numbers that there is place for before any has come: a damaged file may say any. */
const MOST_EXPECTED = 2 ** 22;

/** A column as its entries come. */
class EntryColumn {
  readonly name: string;
  readonly #isJagged: boolean;
  readonly #width: number;
  readonly #counts: Int32Array;
  #values: Float32Array | Float64Array;
  #filled = 0;
  #entries = 0;

  constructor({ name, type, shape }: TableColumn, count: number) {
    this.name = name;
    this.#isJagged = shape[0] === 'jagged';
    const fixed = (this.#isJagged ? shape.slice(1) : shape) as readonly number[];
    this.#width = fixed.reduce((product, length) => product * length, 1);
    this.#counts = new Int32Array(count);
    const expected = Math.min(count * this.#width, MOST_EXPECTED);
    this.#values = type === 'float32' ? new Float32Array(expected) : new Float64Array(expected);
  }

  /** The value of the next entry: a number, or an array. */
  add(value: unknown): void {
    const before = this.#filled;
    this.#append(value);
    if (this.#entries < this.#counts.length) this.#counts[this.#entries] = (this.#filled - before) / this.#width;
    this.#entries++;
  }

  #append(value: unknown): void {
    if (typeof value === 'object' && value !== null) {
      const list = value as ArrayLike<unknown>;
      for (let i = 0; i < list.length; i++) this.#append(list[i]);
      return;
    }
    if (this.#filled === this.#values.length) this.#grow();
    this.#values[this.#filled++] = Number(value);
  }

  #grow(): void {
    const Type = this.#values.constructor as Float64ArrayConstructor;
    const longer = new Type(2 * this.#filled + 16);
    longer.set(this.#values);
    this.#values = longer;
  }

  checkCount(expected: number): void {
    if (this.#entries !== expected) throw new Error(`${this.name} has ${this.#entries} entries of ${expected}`);
    const isWhole = this.#isJagged || this.#filled === expected * this.#width;
    if (!isWhole) throw new Error(`${this.name} has ${this.#filled} numbers, expected ${expected * this.#width}`);
  }

  block(): ColumnBlock {
    const values: Column = this.#values.slice(0, this.#filled);
    return this.#isJagged ? { values, counts: this.#counts } : { values };
  }
}

/** jsroot says on the console what it also throws. */
async function silently<Result>(action: () => Promise<Result>): Promise<Result> {
  const { log, warn, error } = console;
  Object.assign(console, { log: () => {}, warn: () => {}, error: () => {} });
  try {
    return await action();
  } finally {
    Object.assign(console, { log, warn, error });
  }
}

/** ROOT files: trees with branches of numbers, arrays and lists of any length, of every compression. */
export const rootFormat: FileFormat = {
  kind: 'root',
  plural: 'ROOT files',
  extensions: ['.root'],
  hasTables: true,
  async open(path, table) {
    const bytes = await FileBytes.open(path);
    try {
      if (!(await beginWith(bytes, 'root'))) throw foreignFile(path, 'a ROOT file');
      const jsroot = await loadJsroot();
      const file = await silently(() => jsroot.openFile(fileProxy(jsroot, bytes)));
      if (!file) throw new Error('its list of keys is damaged');
      return new RootTreeFile(bytes, jsroot, { file, tree: await treeOf(file, path, table) });
    } catch (error) {
      await bytes.close();
      throw damaged(path, 'what it holds', error);
    }
  },
};

async function treeOf(file: RootFileHandle, path: string, wanted: string | undefined): Promise<RootTree> {
  const trees = [...new Set(file.fKeys.filter(isTree).map(({ fName }) => fName))];
  const tuples = file.fKeys.filter(({ fClassName }) => /RNTuple/.test(fClassName));
  if (trees.length === 0 && tuples.length > 0) {
    throw new UserError(
      `invalid file: ${path} holds ${tuples[0]!.fName} as an RNTuple, which is not read; write a TTree, or Parquet`,
    );
  }
  const named = wanted ?? (trees.length === 1 ? trees[0]! : undefined);
  if (trees.length === 0) throw new UserError(`invalid file: ${path} holds no tree`);
  if (named === undefined) {
    throw new UserError(`missing table: ${path} holds several trees, name one as table: ${trees.join(', ')}`);
  }
  if (!trees.includes(named)) {
    throw new UserError(`unknown table: ${path} has no tree "${named}"${alternatives(named, 'trees', trees)}`);
  }
  const tree = (await silently(() => file.readObject(named))) as RootTree | null;
  if (tree?.fBranches) return tree;
  throw new Error(`the tree ${named}`);
}

function isTree({ fClassName }: RootKey): boolean {
  return fClassName === 'TTree' || fClassName === 'TNtuple' || fClassName === 'TNtupleD';
}
