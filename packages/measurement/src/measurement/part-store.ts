/** What a part is computed from; parts of the same origin are the same. */
export type PartOrigin = readonly (string | number)[];

/**
 * Keeps finished parts of a long computation, so that one that was stopped goes on where it was. A part is made of
 * numbers, texts, typed arrays, and arrays and plain objects of these.
 */
export interface PartStore {
  /** The part of this origin; undefined if there is none. */
  read(origin: PartOrigin): unknown;
  /** Keeps a part, in place of an older one of this origin. */
  write(origin: PartOrigin, part: unknown): void;
  /** Path of the folder for work of this origin that keeps what it has finished itself, as a training does. */
  folder?(origin: PartOrigin): string;
}

/** Keeps nothing. */
export const NO_PARTS: PartStore = { read: () => undefined, write: () => undefined };

/** The stored part of an origin, or else a new one, which is stored. */
export async function storedPart<T>(store: PartStore, origin: PartOrigin, compute: () => Promise<T>): Promise<T> {
  const stored = store.read(origin);
  if (stored !== undefined) return stored as T;
  const part = await compute();
  store.write(origin, part);
  return part;
}
