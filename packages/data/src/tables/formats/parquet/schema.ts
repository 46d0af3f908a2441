import type { SchemaTree } from 'hyparquet';
import type { TableColumn } from '../../table-file.js';

/** A column of numbers within the columns of a Parquet file. */
export interface LeafColumn {
  readonly column: TableColumn;
  /** What leads to it in the schema, from the root on. */
  readonly path: SchemaTree[];
}

/** Every number in the columns of a file: `met`, `Jet_pt` (a list), `jets.pt` (of records, or of lists of them). */
export function leafColumns(root: SchemaTree, rows: number): LeafColumn[] {
  return root.children.flatMap((child) => leavesOf(child, { root, name: [child.element.name], lists: 0, rows }));
}

/** What leads to a part of the schema. */
interface Way {
  readonly root: SchemaTree;
  /** The column of the file, and the fields within it. */
  readonly name: readonly string[];
  /** Lists that it stands in. */
  readonly lists: number;
  readonly rows: number;
}

function leavesOf(node: SchemaTree, way: Way): LeafColumn[] {
  const { element, children } = node;
  const repeated = element.repetition_type === 'REPEATED';
  const lists = way.lists + (repeated ? 1 : 0);
  if (children.length === 0) return [leafOf(node, { ...way, lists })];
  if (isList(node)) return leavesOf(itemOf(node), { ...way, lists: lists + 1 });
  return children.flatMap((child) => leavesOf(child, { ...way, lists, name: [...way.name, child.element.name] }));
}

/** A group marked as a list, with one repeated child. */
function isList({ element, children }: SchemaTree): boolean {
  const isMarked = element.converted_type === 'LIST' || element.logical_type?.type === 'LIST';
  return isMarked && children.length === 1 && children[0]!.element.repetition_type === 'REPEATED';
}

/** What a list is of; `lists` counts it already, so that what repeats is taken as single. */
function itemOf({ children }: SchemaTree): SchemaTree {
  const [repeated] = children as [SchemaTree];
  const isWrapper = repeated.children.length === 1;
  const item = isWrapper ? repeated.children[0]! : repeated;
  return { ...item, element: { ...item.element, repetition_type: 'REQUIRED' } };
}

const NUMBERS: Readonly<Record<string, string>> = {
  BOOLEAN: 'bool',
  INT32: 'int32',
  INT64: 'int64',
  FLOAT: 'float32',
  DOUBLE: 'float64',
};

/** Texts by the types that Parquet has for them. */
const TEXTS: Readonly<Record<string, string>> = { UTF8: 'text', STRING: 'text' };

function leafOf({ element, path }: SchemaTree, { root, name, lists, rows }: Way): LeafColumn {
  const logical = element.logical_type?.type ?? element.converted_type;
  const isHalf = logical === 'FLOAT16';
  const isNumber = isHalf || (NUMBERS[element.type ?? ''] !== undefined && isPlain(logical));
  const type = isHalf
    ? 'float16'
    : isNumber
      ? NUMBERS[element.type!]!
      : (TEXTS[`${logical}`] ?? `${logical ?? element.type}`.toLowerCase());
  const problem = isNumber
    ? lists > 1 && 'it holds lists of lists, expected one list a row'
    : `it holds ${type}, expected numbers`;
  const column = {
    name: name.join('.'),
    type,
    length: rows,
    shape: lists === 0 ? [] : lists === 1 ? ['jagged' as const] : JAGGED_TWICE,
  };
  return { path: nodesAt(root, path), column: problem ? { ...column, problem } : column };
}

/** The nodes of a path, as the file has them. */
function nodesAt(root: SchemaTree, path: readonly string[]): SchemaTree[] {
  const nodes = [root];
  for (const name of path) nodes.push(nodes.at(-1)!.children.find(({ element }) => element.name === name)!);
  return nodes;
}

const JAGGED_TWICE = ['jagged', 'jagged'] as const;

/** Whether numbers stand for themselves and not for dates, times or decimal fractions. */
function isPlain(logical: string | undefined): boolean {
  return logical === undefined || /^U?INT(EGER)?(_|$)/.test(logical);
}
