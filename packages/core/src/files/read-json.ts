import { z } from 'zod';
import { problemsOf } from '../config/problems.js';
import { UserError } from '../errors.js';
import { problemOfJson } from './json-text.js';
import { readBytes } from './read-bytes.js';

/** No file of JSON that the product writes is nearly as large. */
const MOST_JSON_BYTES = 2 ** 26;

/** More problems than these are not told. */
const MOST_PROBLEMS = 3;

/** A number that may be NaN or infinite, both of which `JSON.stringify` writes as null and which come back as NaN. */
export const numberOrNull = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);

/**
 * Reads a file of JSON and checks it against a schema. Every file of JSON that somebody may have damaged or changed is
 * read by this.
 * @param what what the file should hold, for messages, and what to do about one that does not: `the state of a run`.
 * @throws UserError that names the file if it is missing, unreadable, no regular file, larger than 64 MiB, no JSON, or
 * if the schema does not accept it: `invalid <path>: <where>: expected a number, got "x"; expected <what>`.
 */
export function readJson<Schema extends z.ZodType>(path: string, schema: Schema, what: string): z.output<Schema> {
  return parseJson(decode(readBytes(path, what, MOST_JSON_BYTES), path, what), path, schema, what);
}

/**
 * Parses JSON and checks it against a schema.
 * @param place where the text is from, e.g. a file and line, for messages.
 * @param what what it should be.
 * @throws UserError that names the place, also for what `JSON.parse` lets pass: two values for one key, the key
 * `__proto__`, numbers too large for one, and more than 100 lists and maps inside one another.
 */
export function parseJson<Schema extends z.ZodType>(
  text: string,
  place: string,
  schema: Schema,
  what: string,
): z.output<Schema> {
  return checkJson(parse(text, place, what), place, schema, what);
}

/**
 * Checks parsed JSON against a schema.
 * @param place where it is from, for messages.
 * @param what what it should be.
 * @throws UserError that names the place and what is wrong in it.
 */
export function checkJson<Schema extends z.ZodType>(
  value: unknown,
  place: string,
  schema: Schema,
  what: string,
): z.output<Schema> {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  const problems = problemsOf(error.issues, value).slice(0, MOST_PROBLEMS);
  const details = problems.map(({ path, text }) => [...(path.length > 0 ? [path.join('.')] : []), text].join(': '));
  throw invalid(place, details.join('; '), what);
}

function parse(text: string, place: string, what: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(place, oneLine((error as Error).message), what);
  }
  const problem = problemOfJson(text);
  if (problem !== undefined) throw invalid(place, problem, what);
  return value;
}

function decode(bytes: Uint8Array, path: string, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw invalid(path, 'not text in UTF-8', what);
  }
}

// The messages of JSON.parse quote the text.
function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}

function invalid(place: string, problem: string, what: string): UserError {
  return new UserError(`invalid ${place}: ${problem}; expected ${what}`);
}
