// How the code hangs together: imports run one way, through the doors of packages; lines and folders are of a size that
// is read at once. Part of `npm test`; prints `N passed, N failed` last. Links between documents: test/docs.
import { circlesOf } from './structure/circles.mjs';
import { importsOf, pastDoors } from './structure/imports.mjs';
import { crowdedFolders, wideLines } from './structure/layout.mjs';
import { packageOf, packagesOf, repositoryFiles } from './structure/repository.mjs';

const files = repositoryFiles();
const packages = packagesOf(files);
const imports = importsOf(files, packages);

const between = ({ from, to }) => [from, to].map((file) => packageOf(file, packages)?.folder);
const known = imports.filter(({ to }) => to !== undefined);
const sources = known.filter(({ from }) => /^(packages|examples)\/[^/]+\/src\//.test(from));
const steps = sources.map(between).filter(([from, to]) => from !== to);

const checks = {
  'imports between packages run one way': circlesOf(steps).map(arrows),
  'no file imports itself in a circle, types included': circlesOf(known.map(({ from, to }) => [from, to])).map(arrows),
  'packages are imported by what they export and list what they import': pastDoors(files, packages, imports),
  'no line is over 120 columns': wideLines(files),
  'no folder of sources holds more than 16 files': crowdedFolders(files),
};

for (const [title, problems] of Object.entries(checks)) {
  console.log(`  ${problems.length === 0 ? '✔' : '✘'} ${title}`);
  for (const problem of problems) console.log(`      ${problem}`);
}
const failed = Object.values(checks).filter((problems) => problems.length > 0).length;
console.log(`${Object.keys(checks).length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function arrows(way) {
  return way.join(' -> ');
}
