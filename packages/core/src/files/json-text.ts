/** So many lists and maps may be inside one another. */
const DEEPEST = 100;

const NUMBER = /-?\d[\d.eE+-]*/y;

/**
 * What is wrong with JSON that `JSON.parse` accepts all the same: a key that an object has twice, of which the last
 * value would count; `__proto__`; numbers that float64 does not hold; and lists in lists without end. Undefined if
 * nothing is.
 */
export function problemOfJson(text: string): string | undefined {
  // The keys of each object around the place; undefined for a list.
  const around: (Set<string> | undefined)[] = [];
  let last = '';
  for (const token of tokensOf(text)) {
    if (token === '{' || token === '[') around.push(token === '{' ? new Set() : undefined);
    else if (token === '}' || token === ']') around.pop();
    const problem = token === ':' ? problemOfKey(last, around.at(-1)!) : problemOfToken(token);
    if (problem !== undefined) return problem;
    if (around.length > DEEPEST) return `more than ${DEEPEST} lists and maps are inside one another`;
    last = token;
  }
  return undefined;
}

function problemOfKey(token: string, keys: Set<string>): string | undefined {
  const key = JSON.parse(token) as string;
  if (key === '__proto__') return 'the key "__proto__" is not allowed';
  if (keys.has(key)) return `the key ${token} is there twice`;
  keys.add(key);
  return undefined;
}

function problemOfToken(token: string): string | undefined {
  const isNumber = token[0] === '-' || (token[0]! >= '0' && token[0]! <= '9');
  return isNumber && !Number.isFinite(Number(token)) ? `the number ${token.slice(0, 40)} is too large` : undefined;
}

/** Strings with their quotes, numbers, brackets and colons of valid JSON. */
function* tokensOf(text: string): Generator<string> {
  for (let at = 0; at < text.length; ) {
    const character = text[at]!;
    if (character === '"') {
      const end = endOfString(text, at);
      yield text.slice(at, end);
      at = end;
    } else {
      NUMBER.lastIndex = at;
      const number = NUMBER.exec(text)?.[0];
      if (number !== undefined || '{}[]:'.includes(character)) yield number ?? character;
      at += number?.length ?? 1;
    }
  }
}

/** Behind the closing quote of the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; ; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at + 1;
  }
}
