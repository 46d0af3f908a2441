// What a door exports, as text: names in order, each with its declarations, without comments and private members.
import ts from 'typescript';

const OPTIONS = {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  noLib: true,
  types: [],
};

/** The exports of each of the `.d.ts` files: `[name, text, isDocumented]` in the order of names. */
export function exportsOf(files) {
  const program = ts.createProgram(files, OPTIONS, ownFilesAlone());
  program.getSourceFiles().forEach(refuseForeignStars);
  const checker = program.getTypeChecker();
  return files.map((file) => {
    const door = checker.getSymbolAtLocation(program.getSourceFile(file));
    return checker
      .getExportsOfModule(door)
      .map((symbol) => [symbol.name, textOf(symbol, checker), isDocumented(symbol, checker)])
      .sort(([a], [b]) => (a < b ? -1 : 1));
  });
}

/** Names are found without reading any other package, which takes most of the time; nothing here asks for types. */
function ownFilesAlone() {
  const host = ts.createCompilerHost(OPTIONS);
  host.resolveModuleNameLiterals = (literals, from) =>
    literals.map(({ text }) =>
      text.startsWith('.') ? ts.resolveModuleName(text, from, OPTIONS, host) : { resolvedModule: undefined },
    );
  return host;
}

/** The names of `export *` of another package would be missing from the snapshot. */
function refuseForeignStars({ fileName, statements }) {
  const star = statements.find(
    (each) => ts.isExportDeclaration(each) && !each.exportClause && !each.moduleSpecifier.text.startsWith('.'),
  );
  if (!star) return;
  throw new Error(
    `unknown names: ${fileName} exports all of "${star.moduleSpecifier.text}", list what it should export`,
  );
}

/** Whether a comment says what a name is; what comes from another package is documented there. */
function isDocumented(symbol, checker) {
  const target = targetOf(symbol, checker);
  return isElsewhere(target) || target.getDocumentationComment(checker).length > 0;
}

function targetOf(symbol, checker) {
  return (symbol.flags & ts.SymbolFlags.Alias) !== 0 ? checker.getAliasedSymbol(symbol) : symbol;
}

/** What comes from another package has no declarations here, and what stands for a whole file is not repeated. */
function isElsewhere({ declarations }) {
  return !declarations || declarations.some(ts.isSourceFile);
}

function textOf(symbol, checker) {
  const target = targetOf(symbol, checker);
  if (isElsewhere(target)) return symbol.declarations.map((each) => statement(each).getText()).join('\n');
  const renamed = target.name === symbol.name ? [] : [`export { ${target.name} as ${symbol.name} };`];
  return [...renamed, ...target.declarations.map((each) => printed(statement(each)))].join('\n');
}

/** What a name is declared in: `const a = 1, b = 2;` rather than `a = 1`. */
function statement(node) {
  return ts.isStatement(node) || !node.parent || ts.isSourceFile(node.parent) ? node : statement(node.parent);
}

const printer = ts.createPrinter({ removeComments: true });

function printed(node) {
  const [plain] = ts.transform(node, [withoutInsides]).transformed;
  return printer.printNode(ts.EmitHint.Unspecified, plain, node.getSourceFile());
}

/** Leaves out private members, and where types lie that were inferred. */
function withoutInsides(context) {
  const visit = (node) => {
    if (ts.isClassElement(node) && isPrivate(node)) return undefined;
    if (ts.isImportTypeNode(node) && node.qualifier)
      return ts.factory.createTypeReferenceNode(node.qualifier, ts.visitNodes(node.typeArguments, visit));
    return ts.visitEachChild(node, visit, context);
  };
  return visit;
}

function isPrivate(member) {
  const isHard = member.name !== undefined && ts.isPrivateIdentifier(member.name);
  return isHard || (ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Private) !== 0;
}
