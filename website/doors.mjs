// The doors of every package that have types: what it may be imported by, and the source behind it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const packages = join(import.meta.dirname, '../packages');

/** `{ specifier, page, source }` in the order of names; `page` is the name of its page. */
export function doors() {
  return readdirSync(packages).sort().flatMap(doorsOf);
}

function doorsOf(name) {
  const manifest = join(packages, name, 'package.json');
  if (!existsSync(manifest)) return [];
  return Object.entries(JSON.parse(readFileSync(manifest, 'utf8')).exports)
    .filter(([, target]) => target.types !== undefined)
    .map(([door, target]) => ({
      specifier: `@unfold-zoo/${name}${door.slice(1)}`,
      page: [name, ...door.split('/').slice(1)].join('-'),
      source: join(packages, name, target.types.replace('/dist/', '/src/').replace(/\.d\.ts$/, '.ts')),
    }));
}
