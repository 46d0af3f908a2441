// How wide lines are and how many files a folder holds.
import { posix } from 'node:path';
import { read } from './repository.mjs';

const COLUMNS = 120;
const FILES = 16;

/**
 * What people write and read. Left out: pictures, binary files, recorded numbers and results, and what npm writes.
 */
const TEXT = /\.(tsx?|mjs|js|cc|h|md|ya?ml|sh|py|json|cff|template|css|vue|html)$|(^|\/)(run|\.\w+|LICENSE)$/;
const WRITTEN_BY_TOOLS = /package-lock\.json$|^test\/fixtures\/.*\.json$|^docs\/results\//;

/** Sentences about lines over 120 columns. */
export function wideLines(files) {
  return files
    .filter((file) => TEXT.test(file) && !WRITTEN_BY_TOOLS.test(file))
    .flatMap((file) =>
      read(file)
        .split('\n')
        .map((line, i) => ({ line, place: `${file}:${i + 1}`, columns: [...line].length }))
        .filter(({ line, columns }) => columns > COLUMNS && !cannotBreak(line, file))
        .map(({ place, columns }) => `${place}: ${columns} columns`),
    );
}

const TABLE_ROW = /^ *\* \|.*\|$/;
// A comment begins with a slash too.
const WHOLE_LITERAL = /^ *(\/(?![*/]).*\/[a-z]*|String\.raw`.*`)[,;)]*$/;

/**
 * A row of a table in Markdown or in a doc comment, a line that holds one address, link or picture and little else, or
 * one that holds a regular expression or a raw string alone.
 */
function cannotBreak(line, file) {
  const isMarkdown = /\.md(\.template)?$/.test(file);
  if (isMarkdown ? line.startsWith('|') : TABLE_ROW.test(line) || WHOLE_LITERAL.test(line)) return true;
  const address = isMarkdown ? /!?\[[^\]]*\]\(\S+\)|https?:\/\/\S+/ : /https?:\/\/\S+/;
  const [whole] = address.exec(line) ?? [];
  return whole !== undefined && /^[\W_]*$/.test(line.replace(whole, ''));
}

/** Sentences about folders of sources that hold more than 16 files. */
export function crowdedFolders(files) {
  const count = new Map();
  for (const file of files.filter((each) => /^packages\/[^/]+\/src\//.test(each))) {
    const folder = posix.dirname(file);
    count.set(folder, (count.get(folder) ?? 0) + 1);
  }
  return [...count].filter(([, n]) => n > FILES).map(([folder, n]) => `${folder}: ${n} files, ${FILES} are enough`);
}
