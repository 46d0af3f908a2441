import type { TableColumn } from '../table-file.js';
import type { RootBranch, RootLeaf, RootTree } from './jsroot.js';

/** A branch of numbers, and the column that it is. */
export interface BranchColumn {
  readonly column: TableColumn;
  readonly branch: RootBranch;
}

/** Types of numbers by the leaves that hold them. */
const LEAVES: Readonly<Record<string, readonly [signed: string, unsigned: string]>> = {
  TLeafF: ['float32', 'float32'],
  TLeafD: ['float64', 'float64'],
  TLeafO: ['bool', 'bool'],
  TLeafB: ['int8', 'uint8'],
  TLeafS: ['int16', 'uint16'],
  TLeafI: ['int32', 'uint32'],
  TLeafL: ['int64', 'uint64'],
  TLeafG: ['int64', 'uint64'],
};

/** Types of numbers as C++ calls them. */
const NUMBERS: Readonly<Record<string, string>> = {
  ...{ float: 'float32', double: 'float64', bool: 'bool', Float_t: 'float32', Double_t: 'float64', Bool_t: 'bool' },
  ...{ char: 'int8', 'unsigned char': 'uint8', short: 'int16', 'unsigned short': 'uint16', int: 'int32' },
  ...{ 'unsigned int': 'uint32', long: 'int64', 'unsigned long': 'uint64', 'long long': 'int64' },
  ...{ 'unsigned long long': 'uint64', Int_t: 'int32', UInt_t: 'uint32', Long64_t: 'int64', ULong64_t: 'uint64' },
};

/** Numbers of a streamed element of a class, by ROOT's codes of types. */
const STREAMED: Readonly<Record<number, string>> = {
  ...{ 1: 'int8', 2: 'int16', 3: 'int32', 4: 'int64', 5: 'float32', 6: 'int32', 8: 'float64', 9: 'float32' },
  ...{ 11: 'uint8', 12: 'uint16', 13: 'uint32', 14: 'uint64', 16: 'int64', 17: 'uint64', 18: 'bool', 19: 'float32' },
};

/** The columns of a tree: its branches, those of branches included. */
export function branchColumns(tree: RootTree): BranchColumn[] {
  return tree.fBranches.arr.flatMap((branch) => columnsOf(branch, tree.fEntries));
}

function columnsOf(branch: RootBranch, entries: number): BranchColumn[] {
  const below = branch.fBranches.arr.flatMap((each) => columnsOf(each, entries));
  if (below.length > 0) return below;
  return [{ branch, column: columnOf(branch, entries) }];
}

function columnOf(branch: RootBranch, entries: number): TableColumn {
  const name = branch.fName.replace(/\.$/, '');
  const place = { name, length: entries };
  const { arr: leaves } = branch.fLeaves;
  const [leaf] = leaves;
  if (leaves.length !== 1 || !leaf) {
    return { ...place, type: 'leaves', shape: [], problem: `it has ${leaves.length} leaves, expected one` };
  }
  return branch._typename === 'TBranchElement' ? elementColumn(branch, leaf, place) : leafColumn(leaf, place);
}

type Place = Pick<TableColumn, 'name' | 'length'>;

function leafColumn(leaf: RootLeaf, place: Place): TableColumn {
  const types = LEAVES[leaf._typename];
  if (!types) return { ...place, type: 'text', shape: [], problem: unreadable(leaf._typename) };
  return { ...place, type: types[leaf.fIsUnsigned ? 1 : 0], shape: leafShape(leaf) };
}

/** Axes in the title, as in `x[nJet][4]`: the first may be that of another leaf. */
function leafShape({ fTitle, fLeafCount, fLen }: RootLeaf): (number | 'jagged')[] {
  const axes = [...fTitle.matchAll(/\[(\d+)\]/g)].map(([, length]) => Number(length));
  const known = axes.reduce((product, length) => product * length, 1) === fLen;
  const fixed = known ? axes : fLen > 1 ? [fLen] : [];
  return fLeafCount ? ['jagged', ...fixed] : fixed;
}

function elementColumn(branch: RootBranch, leaf: RootLeaf, place: Place): TableColumn {
  const [, item] = /^(?:std::)?vector<([^<>]*?)\s*(?:,.*)?>$/.exec(branch.fClassName ?? '') ?? [];
  const type = item === undefined ? STREAMED[(branch.fStreamerType ?? -1) % 20] : NUMBERS[item.replace(/^std::/, '')];
  if (!type)
    return { ...place, type: branch.fClassName || 'object', shape: [], problem: unreadable(branch.fClassName) };
  const isList = item !== undefined || leaf.fLeafCount !== null || Boolean(branch.fBranchCount);
  const isArray = (branch.fStreamerType ?? 0) >= 20 && item === undefined;
  const fixed = isArray && leaf.fLen > 1 ? [leaf.fLen] : [];
  return { ...place, type, shape: isList ? ['jagged', ...fixed] : fixed };
}

function unreadable(what: string | undefined): string {
  return what === 'TLeafC' ? 'it holds text, expected numbers' : `it holds ${what || 'objects'}, expected numbers`;
}
