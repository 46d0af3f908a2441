import { UserError } from '@unfold-zoo/core';
import { alternatives } from '@unfold-zoo/core/config';
import { firstFew } from '@unfold-zoo/core/printable';
import { beginWith, FileBytes } from '../../file-bytes.js';
import { foreignFile } from '../../foreign-file.js';
import { Kept } from '../../kept.js';
import type { ColumnBlock, FileFormat, TableColumn, TableFile } from '../../table-file.js';
import { damaged } from '../../table-mistakes.js';
import { type BasketNumbers, OtherLayout } from './basket.js';
import { type BranchColumn, branchColumns } from './branches.js';
import { EntryColumn } from './entry-column.js';
import {
  failureOf,
  fileProxy,
  type Jsroot,
  loadJsroot,
  type RootFileHandle,
  type RootKey,
  type RootTree,
} from './jsroot.js';
import { PlainBranch } from './plain-branch.js';

/** A tree of a ROOT file, whose baskets are read by ranges of entries. */
class RootTreeFile implements TableFile {
  readonly columns: readonly TableColumn[];
  readonly #bytes: FileBytes;
  readonly #jsroot: Jsroot;
  readonly #tree: RootTree;
  readonly #failure: Promise<never>;
  readonly #branches: ReadonlyMap<string, BranchColumn>;
  readonly #kept = new Kept<BasketNumbers>();
  /** Those that have been read so far; undefined where jsroot reads them. */
  readonly #plain = new Map<string, PlainBranch | undefined>();

  constructor(bytes: FileBytes, jsroot: Jsroot, { file, tree }: { file: RootFileHandle; tree: RootTree }) {
    this.#bytes = bytes;
    this.#jsroot = jsroot;
    this.#tree = tree;
    this.#failure = failureOf(file);
    const branches = branchColumns(tree, file);
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
    const blocks = new Map<string, ColumnBlock | undefined>(columns.map((name) => [name, undefined]));
    this.#kept.use(columns.length);
    if (count > 0) for (const name of columns) blocks.set(name, await this.#readPlain(name, start, count));
    const others = columns.filter((name) => !blocks.get(name));
    for (const [name, block] of await this.#readByJsroot(others, start, count)) blocks.set(name, block);
    return blocks as Map<string, ColumnBlock>;
  }

  close(): Promise<void> {
    this.#kept.clear();
    return this.#bytes.close();
  }

  /** Entries of a branch whose baskets are read here; undefined for any other. */
  async #readPlain(name: string, start: number, count: number): Promise<ColumnBlock | undefined> {
    const source = { bytes: this.#bytes, jsroot: this.#jsroot, kept: this.#kept };
    if (!this.#plain.has(name)) this.#plain.set(name, PlainBranch.of(this.#branches.get(name)!, source));
    try {
      return await this.#plain.get(name)?.read(start, count);
    } catch (error) {
      if (!(error instanceof OtherLayout)) throw damaged(this.path, `${name}, entries ${start} on,`, error);
      this.#plain.set(name, undefined);
      return undefined;
    }
  }

  async #readByJsroot(columns: readonly string[], start: number, count: number): Promise<Map<string, ColumnBlock>> {
    const read = columns.map((name) => new EntryColumn(this.#branches.get(name)!.column, count));
    if (count > 0 && columns.length > 0) await this.#process(read, start, count);
    return new Map(read.map((each) => [each.name, each.block()]));
  }

  async #process(columns: readonly EntryColumn[], start: number, count: number): Promise<void> {
    const selector = new this.#jsroot.TSelector();
    for (const [i, { name }] of columns.entries()) selector.addBranch(this.#branches.get(name)!.branch, `c${i}`);
    selector.Process = () => {
      for (const [i, each] of columns.entries()) each.add(selector.tgtobj[`c${i}`]);
    };
    selector.Terminate = () => {};
    const names = columns.map(({ name }) => name);
    try {
      const range = { firstentry: start, numentries: count };
      await silently(() => Promise.race([this.#jsroot.treeProcess(this.#tree, selector, range), this.#failure]));
      for (const each of columns) each.checkCount(count);
    } catch (error) {
      throw damaged(this.path, `${firstFew(names, 3)}, entries ${start} on,`, error);
    }
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
