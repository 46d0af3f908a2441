// The compiler writes the keys of an inferred type in the order in which it came across them, which differs from build
// to build. Here they are sorted, so that the same API is the same text.

/** Formatted declarations; members of type literals in constants, and in schemas that are returned, are sorted. */
export function sortMembers(text) {
  const lines = text.split('\n');
  const sorted = [];
  for (let start = 0; start < lines.length; ) {
    const end = endOfDeclaration(lines, start);
    const declaration = lines.slice(start, end);
    sorted.push(...(isInferred(declaration) ? sortLiterals(declaration) : declaration));
    start = end;
  }
  return sorted.join('\n');
}

function isInferred(declaration) {
  const isFunction = /^(export )?(declare )?function /.test(declaration[0]);
  return (
    /^(export )?(declare )?const /.test(declaration[0]) || (isFunction && declaration.join().includes('z.ZodObject<'))
  );
}

// A declaration goes on while lines are indented or close a bracket.
function endOfDeclaration(lines, start) {
  let end = start + 1;
  while (end < lines.length && /^[ )}\]>]/.test(lines[end])) end++;
  return end;
}

/** What lies between a line that ends with { and the line that closes it is members, whose own are sorted first. */
function sortLiterals(lines) {
  const result = [];
  for (let i = 0; i < lines.length; i++) {
    result.push(lines[i]);
    if (!lines[i].endsWith('{')) continue;
    const close = closingLine(lines, i);
    const members = membersOf(sortLiterals(lines.slice(i + 1, close)));
    result.push(...members.sort().flatMap((member) => member.split('\n')));
    i = close - 1;
  }
  return result;
}

function closingLine(lines, open) {
  const indent = indentOf(lines[open]);
  return lines.findIndex((line, i) => i > open && indentOf(line) === indent);
}

/** The text of each member: its first line is indented least. */
function membersOf(lines) {
  if (lines.length === 0) return [];
  const indent = indentOf(lines[0]);
  const members = [];
  for (const line of lines) {
    const begins = indentOf(line) === indent && !/^\s*[)}\]>]/.test(line);
    if (begins) members.push(line);
    else members.push(`${members.pop()}\n${line}`);
  }
  return members;
}

function indentOf(line) {
  return line.length - line.trimStart().length;
}
