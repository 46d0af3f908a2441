import type { z } from 'zod';
import { alternatives, suggestion } from './nearest.js';
import { valueAt } from './value-at.js';

/** Something wrong at a path of a config. */
export interface Problem {
  readonly path: readonly string[];
  /** Whether the key is at fault or its value. */
  readonly at: 'key' | 'value';
  /** What is wrong, and what would be right. */
  readonly text: string;
}

type Issue = z.core.$ZodIssue;

/** A key that an object does not have. */
export function unknownKey(path: readonly string[], known: readonly string[]): Problem {
  const name = path.at(-1)!;
  return { path, at: 'key', text: `unknown key ${describeValue(name)}${alternatives(name, 'keys', known)}` };
}

/** What zod says of `value`, in our words; `under` is the path of the value. */
export function problemsOf(issues: readonly Issue[], value: unknown, under: readonly string[] = []): Problem[] {
  return issues.flatMap((issue) => {
    const path = [...under, ...issue.path.map(String)];
    const got = valueAt(value, issue.path.map(String));
    if (issue.code === 'unrecognized_keys') {
      // The issue does not say which keys there are.
      return issue.keys.map((key) => ({ path: [...path, key], at: 'key', text: `unknown key ${describeValue(key)}` }));
    }
    if (issue.code === 'invalid_union' && !issue.discriminator) return unionProblems(issue, got, path);
    return [{ path, at: 'value', text: textOf(issue, got) }];
  });
}

function textOf(issue: Issue, got: unknown): string {
  if (issue.code === 'invalid_union') return kindText(issue, got);
  const expected = expectation(issue);
  if (expected === undefined) return issue.message;
  if (got === undefined) return `missing, expected ${expected}`;
  const hint =
    issue.code === 'invalid_value' && typeof got === 'string' ? suggestion(got, issue.values.map(String)) : '';
  return `expected ${expected}, got ${describeValue(got)}${hint}`;
}

function kindText(issue: z.core.$ZodIssueInvalidUnion, got: unknown): string {
  const key = String(issue.discriminator);
  const kinds = ('options' in issue ? (issue.options as unknown[]) : []).map(String);
  if (got === undefined) return `missing ${key}${alternatives('', `${key}s`, kinds)}`;
  return `unknown ${key} ${describeValue(got)}${alternatives(String(got), `${key}s`, kinds)}`;
}

// An alternative that fails only further in is the one that was meant.
function unionProblems(issue: z.core.$ZodIssueInvalidUnion, got: unknown, path: readonly string[]): Problem[] {
  const meant = issue.errors.find((issues) => issues.length > 0 && issues.every((each) => each.path.length > 0));
  if (meant) return problemsOf(meant, got, path);
  const expected = issue.errors.flat().map((each) => expectation(each) ?? each.message);
  const wanted = [...new Set(expected)].join(' or ');
  const text = got === undefined ? `missing, expected ${wanted}` : `expected ${wanted}, got ${describeValue(got)}`;
  return [{ path, at: 'value', text }];
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'a map of keys',
  record: 'a map of keys',
  null: 'null',
  nonoptional: 'a value',
};

/** What would have been right; undefined for what only the issue's own message can say. */
function expectation(issue: Issue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return typeNames[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return issue.values.length > 1
        ? `one of ${issue.values.map(describeValue).join(', ')}`
        : describeValue(issue.values[0]);
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`;
    case 'too_small':
      return bound(issue.origin, issue.inclusive ? 'at least' : 'more than', issue.minimum);
    case 'too_big':
      return bound(issue.origin, issue.inclusive ? 'at most' : 'less than', issue.maximum);
    default:
      return undefined;
  }
}

function bound(origin: string, relation: string, limit: number | bigint): string {
  const unit = { string: ' characters', array: ' items', set: ' items' }[origin] ?? '';
  return `${relation} ${limit}${unit}`;
}

function describeValue(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'a map of keys';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 200 ? `${text.slice(0, 200)} ...` : text;
}
