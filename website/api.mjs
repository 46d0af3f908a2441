// The pages of the API: one for each door of each package, by TypeDoc from the sources and their comments.
import { writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { Application, ReflectionKind } from 'typedoc';
import { doors } from './doors.mjs';

const here = import.meta.dirname;

/** Writes a page for each door into `folder`, and one that leads to all of them. */
export async function writeApi(folder) {
  const all = doors();
  const app = await Application.bootstrapWithPlugins({
    entryPoints: all.map(({ source }) => source),
    tsconfig: writeTsconfig(all),
    plugin: ['typedoc-plugin-markdown'],
    outputs: [{ name: 'markdown', path: folder }],
    router: 'module',
    fileExtension: '.md',
    entryFileName: 'index',
    excludeScopesInPaths: true,
    useHTMLAnchors: true,
    anchorPrefix: 'api-',
    name: 'API',
    readme: 'none',
    disableSources: true,
    excludePrivate: true,
    excludeExternals: true,
    skipErrorChecking: true,
    hideBreadcrumbs: true,
    hidePageHeader: true,
    sanitizeComments: true,
    useCodeBlocks: true,
    expandParameters: false,
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    classPropertiesFormat: 'table',
    typeAliasPropertiesFormat: 'table',
    propertyMembersFormat: 'table',
    validation: { invalidLink: true, invalidPath: false, notExported: false, notDocumented: false },
    logLevel: 'Warn',
  });
  const project = await app.convert();
  if (!project) throw new Error('TypeDoc could not read the packages');
  for (const each of project.children) {
    const { fileName } = project.getSymbolIdFromReflection(each);
    each.name = all.find(({ source }) => source.endsWith(fileName.replaceAll('\\', '/'))).specifier;
  }
  // What is taken apart in a parameter list has no name of its own.
  for (const each of project.getReflectionsByKind(ReflectionKind.Parameter))
    if (each.name === '__namedParameters') each.name = 'options';
  await app.generateOutputs(project);
}

/** One program of all sources: a package reads the sources of another, so that its names lead to their pages. */
function writeTsconfig(all) {
  const file = join(here, 'pages/tsconfig.json');
  const toSource = (source) => [relative(dirname(file), source).replaceAll('\\', '/')];
  const paths = Object.fromEntries(all.map(({ specifier, source }) => [specifier, toSource(source)]));
  const compilerOptions = { composite: false, incremental: false, noEmit: true, paths };
  writeFileSync(
    file,
    JSON.stringify({ extends: '../../tsconfig.base.json', compilerOptions, files: Object.values(paths).flat() }),
  );
  return file;
}
