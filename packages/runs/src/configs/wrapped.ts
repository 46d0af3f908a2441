/** The lines of a text, broken between words so that none is wider than `width` unless a word is. */
export function wrapped(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.replaceAll('\n', ' ').split(' ')) {
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (longer.length <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
