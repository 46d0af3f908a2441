import { printable } from '../printable.js';
import { expressionError } from './expression-error.js';

/** A word or sign of an expression. */
export interface ExpressionToken {
  readonly type: 'number' | 'name' | 'sign' | 'quoted' | 'end';
  /** As it is written, a quoted name without its quotes; empty at the end. */
  readonly text: string;
  /** Where it begins, from 1. */
  readonly column: number;
}

/** Characters that an expression may have. */
export const LONGEST_EXPRESSION = 1000;

const SPACE = /\s*/y;
const PATTERNS = [
  ['number', /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y],
  ['name', /[A-Za-z_]\w*/y],
  ['sign', /<=|>=|==|!=|&&|\|\||[-+*/^!()[\],.<>]/y],
  ['quoted', /`[^`]+`/y],
] as const;

/**
 * Splits an expression into its words and signs, the end as the last of them.
 * @throws UserError for a character that no expression has, and for an expression of more than 1000 characters.
 */
export function tokensOf(text: string): readonly ExpressionToken[] {
  if (text.length > LONGEST_EXPRESSION) {
    const shown = `${text.slice(0, 40)}...`;
    throw expressionError(shown, LONGEST_EXPRESSION + 1, `expected at most ${LONGEST_EXPRESSION} characters`);
  }
  const tokens: ExpressionToken[] = [];
  for (let at = skipSpace(text, 0); at < text.length; ) {
    const { type, found } = tokenAt(text, at);
    tokens.push({ type, text: type === 'quoted' ? found.slice(1, -1) : found, column: at + 1 });
    at = skipSpace(text, at + found.length);
  }
  return [...tokens, { type: 'end', text: '', column: text.length + 1 }];
}

function skipSpace(text: string, at: number): number {
  return at + matchAt(SPACE, text, at)!.length;
}

function tokenAt(text: string, at: number): { readonly type: ExpressionToken['type']; readonly found: string } {
  for (const [type, pattern] of PATTERNS) {
    const found = matchAt(pattern, text, at);
    if (found !== undefined) return { type, found };
  }
  const character = printable(String.fromCodePoint(text.codePointAt(at)!));
  throw expressionError(text, at + 1, `unknown character "${character}"${hint(character)}`);
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

/** What to write instead of signs that other languages have. */
function hint(character: string): string {
  const instead: Readonly<Record<string, string>> = {
    '&': 'write "and" or &&',
    '|': 'write "or" or ||, or abs(x) for an absolute value',
    '=': 'write == to compare numbers',
    '`': 'a quoted name ends with another `',
  };
  return instead[character]
    ? `; ${instead[character]}`
    : '; expected a name, a number, or one of + - * / ^ ( ) [ ] , .';
}
