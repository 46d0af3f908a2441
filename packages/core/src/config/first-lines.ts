const MOST = 20;

/** The first twenty of what is to be told, a line each, and how many there are beside them. */
export function firstLines(lines: readonly string[]): string {
  const rest = lines.length - MOST;
  return [...lines.slice(0, MOST), ...(rest > 0 ? [`and ${rest} more like these`] : [])].join('\n');
}
