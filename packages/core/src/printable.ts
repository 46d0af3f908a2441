/**
 * Characters that a terminal obeys instead of showing: controls but for tab and line feed, and marks that turn the
 * direction of text around.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const OBEYED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Text that is safe to print, whoever wrote it: names in files of others may hold codes that clear a terminal or
 * rewrite its lines. Such characters are written out as JSON does, `\u001b`.
 * @example
 * printable('\u001b[2Jtop'); // '\\u001b[2Jtop'
 */
export function printable(text: string): string {
  return text.replace(OBEYED, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The first few of some things, for a message: `a, b, ...`. */
export function firstFew(things: readonly unknown[], most = 5): string {
  return `${things.slice(0, most).join(', ')}${things.length > most ? ', ...' : ''}`;
}
