import { columnPath, groupLayouts, MOMENTA, momentumColumn, WEIGHT } from '../files/event-layout.js';
import { LENGTHS, MOMENTUM_COMPONENTS } from '../files/raw-events.js';
import type { TableColumn } from '../tables/table-file.js';
import type { Topology } from '../topology/topology.js';
import type { GroupMapping, Mapping, ParticleMapping } from './mapping-schema.js';

/**
 * The mapping of a file that has the layout of this package, in whatever format: columns `partons/momenta` (N,
 * particles, 5) or `partons/<particle>/<component>`, `detector/<group>/<column>`, lists or padded beside
 * `detector/<group>/lengths`, and `event/weight`.
 */
export function layoutMapping(topology: Topology, columns: ReadonlyMap<string, TableColumn>): Mapping {
  const groups = [...groupLayouts(topology)].map(([name, layout]): [string, GroupMapping] => {
    const lengths = nameOf(columnPath(name, LENGTHS));
    const first = quoted(columnPath(name, layout.columns[0]!));
    const entries = layout.columns.map((column) => [column, quoted(columnPath(name, column))]);
    const isPadded = layout.capacity !== undefined && columns.has(lengths);
    const where = isPadded ? { where: `position(${first}) < \`${lengths}\`` } : {};
    return [name, { from: { columns: Object.fromEntries(entries), ...where }, overflow: 'refuse' }];
  });
  const weight = columns.has(nameOf(WEIGHT)) ? { weight: quoted(WEIGHT) } : {};
  return { define: {}, ...weight, particles: particlesOf(topology, columns), groups: Object.fromEntries(groups) };
}

/** Whether columns have what the layout of this package has of the objects of a topology. */
export function hasOwnLayout(topology: Topology, columns: readonly TableColumn[]): boolean {
  const names = new Set(columns.map(({ name }) => name));
  return [...groupLayouts(topology)].every(([group, layout]) =>
    layout.columns.every((column) => names.has(nameOf(columnPath(group, column)))),
  );
}

function particlesOf(
  { particles }: Topology,
  columns: ReadonlyMap<string, TableColumn>,
): Record<string, ParticleMapping> {
  const isJoined = !columns.has(momentumColumn(MOMENTA, particles[0]!.name, MOMENTUM_COMPONENTS[0]));
  const momentum = (name: string, place: number) => (component: string, i: number) =>
    isJoined ? `component(${quoted(MOMENTA)}, ${i})[${place}]` : `\`${momentumColumn(MOMENTA, name, component)}\``;
  return Object.fromEntries(
    particles.map(({ name }, place) => {
      const expression = momentum(name, place);
      return [
        name,
        Object.fromEntries(MOMENTUM_COMPONENTS.map((component, i) => [component, expression(component, i)])),
      ];
    }),
  );
}

function nameOf(path: string): string {
  return path.slice(1);
}

function quoted(path: string): string {
  return `\`${nameOf(path)}\``;
}
