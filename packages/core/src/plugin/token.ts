import type { ServiceIdentifier } from 'inversify';

/** A typed key for something a component can ask for. */
export interface Token<T> {
  readonly key: string;
  readonly id: ServiceIdentifier<T>;
  /** Phantom: carries the type; never present at run time. */
  readonly type?: T;
}

/** A token that plugins implement and a run config chooses: `schedule: { kind: cosine }`. */
export interface Role<T> extends Token<T> {
  readonly chosenBy: 'config';
  /** Whether a config gives one component or a list of them. */
  readonly cardinality: 'one' | 'many';
}

/** A role whose config is a list: `metrics: [{ kind: wasserstein }, { kind: energy }]`. */
export interface ListRole<T> extends Role<T> {
  readonly cardinality: 'many';
}

/**
 * Declares a role: something that plugins implement and a config chooses.
 * @param key the key of configs; roles of one key are one role, whichever package declares it.
 * @example
 * export interface Detector { smear(energy: number): number }
 * export const Detector = defineRole<Detector>('detector'); // in a config: `detector: { kind: perfect }`
 */
export function defineRole<T>(key: string): Role<T> {
  return Object.freeze({ key, id: Symbol.for(`@unfold-zoo/role/${key}`), chosenBy: 'config', cardinality: 'one' });
}

/**
 * Declares a role of which a run has any number: in a config, a list.
 * @param key as for `defineRole`.
 * @example
 * export const Trigger = defineListRole<Trigger>('triggers'); // triggers: [{ kind: muon }, { kind: jets }]
 */
export function defineListRole<T>(key: string): ListRole<T> {
  return Object.freeze({ key, id: Symbol.for(`@unfold-zoo/role/${key}`), chosenBy: 'config', cardinality: 'many' });
}

/**
 * Declares something the run itself provides, e.g. the event layout.
 * @param key services of one key are one service, whichever package declares it; no config names it.
 * @example
 * export const Scaling = defineService<EventScaling>('Scaling');
 * // A component that lists it in `inject` is given that of its run.
 */
export function defineService<T>(key: string): Token<T> {
  return Object.freeze({ key, id: Symbol.for(`@unfold-zoo/service/${key}`) });
}

/** Whether a token is chosen in the config rather than provided by the run. */
export function isRole<T>(token: Token<T>): token is Role<T> {
  return 'chosenBy' in token;
}
