import { UserError } from '@unfold-zoo/core';
import type { GroupRule, Topology } from '../topology/topology.js';
import { columnPath, type GroupLayout, groupLayouts, MOMENTA } from './event-layout.js';
import { type Column, LENGTHS, MOMENTUM_COMPONENTS, type RawEvents } from './raw-events.js';

/** Where a block of events comes from. */
export interface EventOrigin {
  readonly file: string;
  /** Number of the block's first event in the file. */
  readonly first: number;
}

const ENERGY = MOMENTUM_COMPONENTS.indexOf('energy');

/**
 * Refuses events that would become nonsense: numbers that are not finite, energies without a logarithm, sets with
 * more objects than they can hold, objects of no class. Throws a `UserError` with file, dataset and event.
 */
export function checkEvents(topology: Topology, raw: RawEvents, origin: EventOrigin): void {
  const refuse = (path: string, event: number, problem: string): never => {
    throw new UserError(`invalid ${path} in ${origin.file}: event ${origin.first + event} has ${problem}`);
  };
  if (raw.momenta) checkMomenta(topology, raw.momenta, raw.size, refuse);
  if (raw.weights) {
    const event = raw.weights.findIndex((weight) => !Number.isFinite(weight));
    if (event >= 0) refuse('the event weights', event, `${raw.weights[event]}, expected a finite number`);
  }
  for (const [group, layout] of groupLayouts(topology)) checkColumns(group, layout, raw, refuse);
  for (const { groups } of Object.values(topology.inputs)) {
    for (const group of groups) checkClasses(group, raw, refuse);
  }
}

type Refuse = (path: string, event: number, problem: string) => never;

function checkMomenta(topology: Topology, momenta: Float32Array, size: number, refuse: Refuse): void {
  const components = MOMENTUM_COMPONENTS.length;
  for (let i = 0; i < momenta.length; i++) {
    const value = momenta[i]!;
    if (Number.isFinite(value) && (i % components !== ENERGY || value > 0)) continue;
    const { name } = topology.particles[Math.floor(i / components) % topology.particles.length]!;
    const expected = i % components === ENERGY ? 'a positive number' : 'a finite number';
    const event = Math.floor((i * size) / momenta.length);
    refuse(MOMENTA, event, `${name} ${MOMENTUM_COMPONENTS[i % components]} ${value}, expected ${expected}`);
  }
}

function checkColumns(group: string, { capacity, columns }: GroupLayout, raw: RawEvents, refuse: Refuse): void {
  const present = raw.groups[group]!;
  const slots = capacity ?? 1;
  const lengths = capacity === undefined ? undefined : present[LENGTHS]!;
  for (let event = 0; event < raw.size; event++) {
    const objects = lengths ? Number(lengths[event]) : 1;
    if (!(Number.isInteger(objects) && objects >= 0 && objects <= slots)) {
      refuse(columnPath(group, LENGTHS), event, `${objects}, expected 0 to ${slots}`);
    }
    for (const column of columns) {
      const values = present[column] as Column;
      for (let entry = event * slots; entry < event * slots + objects; entry++) {
        if (Number.isFinite(Number(values[entry]))) continue;
        refuse(columnPath(group, column), event, `${values[entry]}, expected a finite number`);
      }
    }
  }
}

function checkClasses({ name, capacity, classes }: GroupRule, raw: RawEvents, refuse: Refuse): void {
  const slots = capacity ?? 1;
  for (const dataset of new Set(classes.map((each) => each.dataset))) {
    if (dataset === undefined) continue;
    const known = classes.flatMap((each) => (each.dataset === dataset ? [each.value!] : []));
    const values = raw.groups[name]![dataset]!;
    for (let event = 0; event < raw.size; event++) {
      const objects = capacity === undefined ? 1 : Number(raw.groups[name]![LENGTHS]![event]);
      for (let entry = event * slots; entry < event * slots + objects; entry++) {
        if (known.includes(Number(values[entry]))) continue;
        refuse(columnPath(name, dataset), event, `${values[entry]}, expected ${known.join(' or ')}`);
      }
    }
  }
}
