// The imports of every module, types included, and those that go past the doors of a package.
import { posix } from 'node:path';
import ts from 'typescript';
import { packageOf, read } from './repository.mjs';

const { dirname, join } = posix;
const MODULE = /\.(tsx?|mjs|js)(\.template)?$/;

/**
 * Every import as `{ from, specifier, to }`; `to` is the file that it leads to, undefined outside of the repository.
 */
export function importsOf(files, packages) {
  const known = new Set(files);
  const doors = new Map(packages.flatMap((each) => each.doors).map(({ specifier, source }) => [specifier, source]));
  return files
    .filter((file) => MODULE.test(file))
    .flatMap((from) =>
      ts.preProcessFile(read(from), true, true).importedFiles.map(({ fileName: specifier }) => {
        if (!specifier.startsWith('.')) return { from, specifier, to: doors.get(specifier) };
        return { from, specifier, to: fileAt(join(dirname(from), specifier), known) };
      }),
    );
}

/** The source of what a relative import names: TypeScript is imported by the name that it is compiled to. */
function fileAt(path, known) {
  const typed = path.replace(/\.js$/, '.ts');
  const places = [path, typed, `${typed}x`, `${typed}.template`];
  return places.find((each) => known.has(each));
}

/** Sentences about imports, and paths in strings, that reach into a package without one of its doors. */
export function pastDoors(files, packages, imports) {
  return [...imports.flatMap((each) => problemsOf(each, packages)), ...pathsIntoPackages(files, packages)];
}

function problemsOf({ from, specifier }, packages) {
  const own = packageOf(from, packages);
  if (specifier.startsWith('.')) {
    const target = packageOf(join(dirname(from), specifier), packages);
    return target === undefined || target === own ? [] : [`${from}: ${specifier} is a path into ${target.folder}`];
  }
  const target = packages.find(({ manifest: { name } }) => specifier === name || specifier.startsWith(`${name}/`));
  if (target && !isDoor(specifier, target)) return [`${from}: ${target.manifest.name} does not export ${specifier}`];
  return own && !isTemplate(from) && !isDeclared(specifier, own)
    ? [`${from}: ${own.folder}/package.json does not list ${specifier}`]
    : [];
}

function isDoor(specifier, { doors }) {
  return doors.some((door) => specifier === door.specifier || matches(specifier, door.specifier));
}

function matches(specifier, door) {
  const [before, after] = door.split('*');
  return after !== undefined && specifier.startsWith(before) && specifier.endsWith(after);
}

const DEPENDENCIES = ['dependencies', 'peerDependencies', 'optionalDependencies', 'devDependencies'];

function isDeclared(specifier, { manifest }) {
  if (specifier.startsWith('node:')) return true;
  const [first, second] = specifier.split('/');
  const name = first.startsWith('@') ? `${first}/${second}` : first;
  return name === manifest.name || DEPENDENCIES.some((kind) => Object.hasOwn(manifest[kind] ?? {}, name));
}

function isTemplate(file) {
  return file.endsWith('.template');
}

/** What is imported by a path put together from strings is found by the strings. */
function pathsIntoPackages(files, packages) {
  const compiled = packages.map(({ folder }) => `${folder}/dist`);
  return files
    .filter((file) => MODULE.test(file))
    .flatMap((file) => {
      const text = read(file);
      const named = compiled.filter((path) => text.includes(path) && !file.startsWith(dirname(path)));
      return named.length === 0
        ? []
        : stringsOf(file, text)
            .filter((string) => named.some((path) => string.includes(path)))
            .map((string) => `${file}: the string "${string}" is a path into a package`);
    });
}

function stringsOf(file, text) {
  const found = [];
  const visit = (node) => {
    const isImported = ts.isImportDeclaration(node) || ts.isExportDeclaration(node);
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node)) found.push(node.text);
    if (!isImported) ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest));
  return found;
}
