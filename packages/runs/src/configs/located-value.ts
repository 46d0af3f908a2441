import type { Located, LocatedMap, Origin } from '@unfold-zoo/core/config';

/**
 * A plain value as a config that was read from a file has it, all of it written at one place. Undefined values are left
 * out.
 */
export function locatedValue(value: unknown, origin: Origin): Located {
  if (Array.isArray(value)) return { type: 'list', origin, items: value.map((item) => locatedValue(item, origin)) };
  if (typeof value !== 'object' || value === null) return { type: 'scalar', origin, value };
  return locatedMap(value, origin);
}

/** The same of a plain object. */
export function locatedMap(value: object, origin: Origin): LocatedMap {
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return {
    type: 'map',
    origin,
    entries: new Map(entries.map(([key, each]) => [key, { key: origin, value: locatedValue(each, origin) }])),
  };
}
