import type { BranchColumn } from './branches.js';
import type { RootBranch } from './jsroot.js';

/** How the numbers of a branch lie in its baskets: big-endian, entry after entry. */
export interface PlainLayout {
  /** Of the numbers, e.g. `float32`. */
  readonly type: string;
  /** Numbers of an entry or, of a list, of each of its elements. */
  readonly width: number;
  readonly isList: boolean;
  /** Bytes of each entry before its numbers: of a vector its length in bytes, a version and its number of elements. */
  readonly header: number;
}

/** Length in bytes, version and number of elements of a vector. */
const VECTOR_HEADER = 10;
/** Of streamed elements: from here on they are pointers. */
const POINTERS = 40;
/** Types of streamed elements with less than their precision, modulo that of an array. */
const SHORTENED = [9, 19];
/** Types of branches that hold a member of each object of a list. */
const MEMBERS_OF_LISTS = [31, 41];

/** The layout of a branch whose baskets hold its numbers and nothing else; undefined for any other. */
export function plainLayout({ branch, column, isVector }: BranchColumn): PlainLayout | undefined {
  const isElsewhere = Boolean(branch.fFileName) || (branch.fFirstEntry ?? 0) > 0;
  if (column.problem !== undefined || isElsewhere || branch.fEntries !== column.length) return undefined;
  const isElement = branch._typename === 'TBranchElement' && (isVector ? !branch.fBranchCount : isPlainMember(branch));
  if (branch._typename !== 'TBranch' && !isElement) return undefined;
  const isList = column.shape[0] === 'jagged';
  const fixed = (isList ? column.shape.slice(1) : column.shape) as readonly number[];
  const width = fixed.reduce((product, length) => product * length, 1);
  return { type: column.type, width, isList, header: isVector ? VECTOR_HEADER : 0 };
}

/** Whether a branch holds a number, or an array of fixed length, of an object or of each object of a list. */
function isPlainMember({ fStreamerType = -1, fType = 0, fBranchCount, fBranchCount2 }: RootBranch): boolean {
  const isNumber = fStreamerType >= 0 && fStreamerType < POINTERS && !SHORTENED.includes(fStreamerType % 20);
  const isPlaced = fBranchCount ? MEMBERS_OF_LISTS.includes(fType) && !fBranchCount2 : fType === 0;
  return isNumber && isPlaced;
}
