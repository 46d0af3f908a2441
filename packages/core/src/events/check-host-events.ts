import type { EventSource } from '../contracts/events/event-source.js';
import { type EventSpec, type HostEvents, QUANTITIES, type Split } from '../contracts/events/event-spec.js';
import { UserError } from '../errors.js';
import { LOG_FLOOR } from './scaling.js';

/** Where a block of events comes from, for errors. */
export interface EventPlace {
  /** E.g. `the train split`, or the path of a file. */
  readonly name: string;
  /** Number of the block's first event there. */
  readonly first: number;
}

/**
 * Events `start` to `start + count` of a split, found fit for use: whatever reads events reads them by this function,
 * so that all splits and all stages accept and refuse the same.
 * @throws UserError as `checkHostEvents`.
 */
export async function readEvents(source: EventSource, split: Split, start: number, count: number): Promise<HostEvents> {
  const events = await source.read(split, start, count);
  checkHostEvents(source.spec, events, { name: `the ${split} split`, first: start });
  return events;
}

/**
 * Refuses numbers that no network can take: truth, features and weights that are not finite, and log-scaled features
 * below zero. A log-scaled feature that rounding has made negative, down to -`LOG_FLOOR`, counts as zero.
 * @throws UserError that names the number, the place and the event.
 */
export function checkHostEvents(spec: EventSpec, events: HostEvents, place: EventPlace): void {
  const refuse = (what: string, event: number, problem: string, cure = ''): never => {
    throw new UserError(`invalid ${what}: ${problem} in event ${place.first + event} of ${place.name}${cure}`);
  };
  checkFinite(events.partons, events.size, (column) => partonName(spec, column), refuse);
  checkFinite(events.weights, events.size, () => 'event weights', refuse);
  for (const name of Object.keys(spec.inputs)) checkFeatures(spec, name, events, refuse);
}

type Refuse = (what: string, event: number, problem: string, cure?: string) => never;

function checkFinite(
  values: Float32Array | undefined,
  events: number,
  name: (column: number) => string,
  refuse: Refuse,
): void {
  const wrong = values ? firstNotFinite(values) : -1;
  if (wrong < 0) return;
  const width = values!.length / events;
  refuse(name(wrong % width), Math.floor(wrong / width), `expected finite numbers, got ${values![wrong]}`);
}

// A function for each number, as of `findIndex`, would leave half a megabyte of garbage for a batch.
function firstNotFinite(values: Float32Array): number {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return i;
  return -1;
}

function checkFeatures(spec: EventSpec, name: string, events: HostEvents, refuse: Refuse): void {
  const { features: described, capacity } = spec.inputs[name]!;
  const { features, mask } = events.inputs[name]!;
  const width = described.length;
  const isLog = described.map(({ scaling }) => scaling === 'log');
  for (let object = 0; object < mask.length; object++) {
    if (mask[object] === 0) continue;
    for (let i = 0; i < width; i++) {
      const value = features[object * width + i]!;
      if (Number.isFinite(value) && (!isLog[i] || value >= -LOG_FLOOR)) continue;
      const [what, event] = [`${name}.${described[i]!.name}`, Math.floor(object / capacity)];
      if (!Number.isFinite(value)) refuse(what, event, `expected finite numbers, got ${value}`);
      refuse(
        what,
        event,
        `its scaling is "log", got ${value}`,
        '; mend the data, or say scaling: standard in the topology',
      );
    }
  }
}

/** What errors and warnings call a column of the parton vector, e.g. `hadronic_top.px`. */
export function partonName({ particles }: EventSpec, column: number): string {
  return `${particles[Math.floor(column / QUANTITIES.length)]!.name}.${QUANTITIES[column % QUANTITIES.length]}`;
}
