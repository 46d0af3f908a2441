import type { TableColumn } from '../../table-file.js';
import type { RootBranch, RootFileHandle, RootLeaf, RootTree } from './jsroot.js';

/** A branch of numbers, and the column that it is. */
export interface BranchColumn {
  readonly column: TableColumn;
  readonly branch: RootBranch;
  /** Whether its entries are vectors of the standard library. */
  readonly isVector: boolean;
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

/** Numbers of a streamed element of a class, by ROOT's codes of types; arrays are 20 more, pointers to them 40. */
const STREAMED: Readonly<Record<number, string>> = {
  ...{ 1: 'int8', 2: 'int16', 3: 'int32', 4: 'int64', 5: 'float32', 6: 'int32', 8: 'float64', 9: 'float32' },
  ...{ 11: 'uint8', 12: 'uint16', 13: 'uint32', 14: 'uint64', 16: 'int64', 17: 'uint64', 18: 'bool', 19: 'float32' },
};

/** Codes of streamed elements: from the first on they are no numbers; texts; containers of the standard library. */
const [OBJECTS, TEXTS, CONTAINERS] = [60, [7, 65, 365], [300, 500]];

/** The columns of a tree of a file: its branches, those of branches included. */
export function branchColumns(tree: RootTree, file: RootFileHandle): BranchColumn[] {
  const columnsOf = (branch: RootBranch): BranchColumn[] => {
    const below = branch.fBranches.arr.flatMap(columnsOf);
    return below.length > 0 ? below : [branchColumn(branch, tree.fEntries, file)];
  };
  return tree.fBranches.arr.flatMap(columnsOf);
}

function branchColumn(branch: RootBranch, length: number, file: RootFileHandle): BranchColumn {
  const place = { name: branch.fName.replace(/\.$/, ''), length };
  const { arr: leaves } = branch.fLeaves;
  const [leaf] = leaves;
  if (leaves.length !== 1 || !leaf) {
    const problem = `it has ${leaves.length} leaves, expected one`;
    return { branch, isVector: false, column: { ...place, type: 'leaves', shape: [], problem } };
  }
  if (branch._typename !== 'TBranchElement') return { branch, isVector: false, column: leafColumn(leaf, place) };
  const className = classOf(branch, file);
  const isVector = vectorItem(className) !== undefined;
  return { branch, isVector, column: elementColumn(branch, leaf, className, place) };
}

/** The class of the entries of a branch: of a member that is a container, as the description of its class has it. */
function classOf({ fClassName, fName, fStreamerType = -1, ...branch }: RootBranch, file: RootFileHandle): string {
  if (!CONTAINERS.includes(fStreamerType)) return fClassName ?? '';
  const described = file.findStreamerInfo(fClassName ?? '', branch.fClassVersion, branch.fCheckSum);
  const [name] = fName.split('.').slice(-1);
  return described?.fElements?.arr.find((element) => element.fName === name)?.fTypeName ?? '';
}

/** The type of the numbers of a vector; undefined for other classes. */
function vectorItem(className: string): string | undefined {
  const [, item] = /^(?:std::)?vector<([^<>]*?)\s*(?:,.*)?>$/.exec(className) ?? [];
  return item === undefined ? undefined : NUMBERS[item.replace(/^std::/, '')];
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

function elementColumn(branch: RootBranch, leaf: RootLeaf, className: string, place: Place): TableColumn {
  const { fStreamerType: code = -1 } = branch;
  const item = vectorItem(className);
  const type = item ?? (code < OBJECTS ? STREAMED[code % 20] : undefined);
  const isNested = item !== undefined && Boolean(branch.fBranchCount);
  if (!type || isNested) {
    const problem = isNested ? unreadable('lists of lists') : unreadable(TEXTS.includes(code) ? 'TLeafC' : className);
    return { ...place, type: className || 'object', shape: [], problem };
  }
  const isList = item !== undefined || leaf.fLeafCount !== null || Boolean(branch.fBranchCount);
  const fixed = code >= 20 && item === undefined && leaf.fLen > 1 ? [leaf.fLen] : [];
  return { ...place, type, shape: isList ? ['jagged', ...fixed] : fixed };
}

function unreadable(what: string | undefined): string {
  return what === 'TLeafC' ? 'it holds text, expected numbers' : `it holds ${what || 'objects'}, expected numbers`;
}
