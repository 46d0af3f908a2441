import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { topologiesOf } from '@unfold-zoo/core/config';
import data, { loadTopology } from '@unfold-zoo/data';
import test from 'ava';
import ts from 'typescript';
import { ROOT } from '../docs/markdown.js';

const PACKAGES = join(ROOT, 'packages');
/**
 * What simulates events knows their particles by name, and so do the numbers that the paper publishes of them, and what
 * drafts a topology for the numbers of the Particle Data Group.
 */
const EXEMPT = [
  /^data\/src\/(generator|truth-lab)\//,
  /^data\/src\/mapping\/draft\/species\.ts$/,
  /^report\/src\/tables\/published-values\.ts$/,
];
/** Topologies whose particles are named by ordinary words, which code has for other things. */
const WORDS = ['gaussian-em', 'linear-gaussian', 'truth-lab', 'two-moons'];

const topologies = topologiesOf([data]).names.filter((name) => !WORDS.includes(name));
const particles = topologies.flatMap((name) => loadTopology(name).particles);
const labels = particles.map(({ label }) => label);
const names = new Set(particles.map(({ name }) => name));

/** Particles that code names in a string, a regular expression, or, as no ordinary word can be, an identifier. */
function particlesIn(code: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && node.text.includes('_') && names.has(node.text)) found.push(node.text);
    if (ts.isLiteralExpression(node) || ts.isTemplateMiddleOrTemplateTail(node) || ts.isTemplateHead(node))
      found.push(...particlesOf(node.text));
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('code.ts', code, ts.ScriptTarget.Latest));
  return found;
}

function particlesOf(text: string): string[] {
  if (labels.some((label) => text.includes(label))) return [text];
  // A sentence may speak of neutrinos; a name stands alone or before a quantity, or has an underscore.
  const [first] = text.split('.');
  if (names.has(first!)) return [text];
  return text.split(/\W+/).filter((word) => word.includes('_') && names.has(word));
}

test('no code of a package names a particle of a topology, but what simulates it', (t) => {
  // One package holds weights and no code.
  const withCode = readdirSync(PACKAGES).filter((name) => existsSync(join(PACKAGES, name, 'src')));
  const files = withCode.flatMap((name) =>
    (readdirSync(join(PACKAGES, name, 'src'), { recursive: true }) as string[])
      .filter((file) => file.endsWith('.ts'))
      .map((file) => join(name, 'src', file).replaceAll('\\', '/')),
  );
  t.true(files.length > 100);
  for (const file of files.filter((each) => !EXEMPT.some((exempt) => exempt.test(each))))
    t.deepEqual(particlesIn(readFileSync(join(PACKAGES, file), 'utf8')), [], file);
});

test('a particle is found wherever code may name it', (t) => {
  for (const code of [
    "f('neutrino')",
    'x.hadronic_top',
    '/^Hadronic t mass$/',
    '`the mass of leptonic_W`',
    "['ttbar.mass']",
  ])
    t.is(particlesIn(code).length, 1, code);
  for (const code of ['// hadronic_top', "'the neutrino, by the W mass'", 'const neutrino = 1'])
    t.deepEqual(particlesIn(code), [], code);
});
