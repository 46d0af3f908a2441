import { ContainerModule } from 'inversify';
import type { z } from 'zod';
import type { Rng } from '../rng.js';
import type { ListRole, Role, Token } from './token.js';

/** The plugin interface this core speaks. */
export const PLUGIN_API = 1;

/** One selectable implementation of a role. */
export interface Component<T = unknown> {
  readonly role: Role<T>;
  /** The value of `kind` that selects it in a config file. */
  readonly kind: string;
  /** One sentence for `unfold list`. */
  readonly description: string;
  /**
   * Schema of the options that stand beside `kind`; each is documented by `.describe()`. What must hold of several of
   * them is a refinement: the config is checked by it, and the place of its `path` told.
   */
  readonly options: z.ZodObject;
  /** Tokens of what `create` is given, in order. */
  readonly inject: readonly Token<unknown>[];
  create(context: Context<unknown>, dependencies: readonly unknown[]): T;
}

/** What a component is created with: its own options and its own random numbers. */
export interface Context<Options> {
  /** As the config gives them, checked, with every default filled in. */
  readonly options: Options;
  /** A stream of its own for this component: safe to draw from without shifting any other. */
  readonly rng: Rng;
}

// A list role injects an array, any other token one value.
type Resolved<Tokens extends readonly Token<unknown>[]> = {
  [K in keyof Tokens]: Tokens[K] extends ListRole<infer T>
    ? readonly T[]
    : Tokens[K] extends Token<infer T>
      ? T
      : never;
};

/**
 * Declares a component: one implementation of a role, which a config selects by its kind.
 * @param kind what a config writes: kebab-case, unique among the components of the role.
 * @param spec.inject tokens of what the component needs: an array for a list role, else one value.
 * @param spec.create receives the context, then one argument for each injected token.
 * @example
 * const fixedSchedule = component(NoiseSchedule, 'fixed', {
 *   description: 'The log signal-to-noise ratio falls along a straight line.',
 *   options: z.object({ first: z.number().default(10).describe('Its value at time 0.') }),
 *   create: ({ options }) => new FixedSchedule(options.first),
 * });
 */
export function component<
  T,
  Options extends z.ZodObject,
  // biome-ignore lint/suspicious/noExplicitAny: Token is invariant in T; Resolved recovers the tuple's own types.
  const Tokens extends readonly Token<any>[] = [],
>(
  role: Role<T>,
  kind: string,
  spec: {
    description: string;
    options: Options;
    inject?: Tokens;
    create: (context: Context<z.output<Options>>, ...dependencies: Resolved<Tokens>) => T;
  },
): Component<T> {
  return {
    role,
    kind,
    description: spec.description,
    options: spec.options,
    inject: spec.inject ?? [],
    create: (context, dependencies) =>
      spec.create(context as Context<z.output<Options>>, ...(dependencies as Resolved<Tokens>)),
  };
}

/** Under what the container of a plugin holds its components. */
export const ComponentId = Symbol.for('@unfold-zoo/core/Component');

/** Where the files of a plugin are that go by a bare name: a folder of YAML files, or each file by its name. */
export type NamedFilesPlace = URL | Readonly<Record<string, URL>>;

/** What a plugin says of itself. */
export interface PluginFacts {
  readonly name: string;
  readonly version: string;
  /**
   * `import.meta.url` of the module whose default export the plugin is. Threads and processes of their own load it from
   * there. A plugin that a config lists needs none: its file is known.
   */
  readonly url?: string;
  /** Run configs that `extends` and commands know by a bare name: `new URL('../presets/', import.meta.url)`. */
  readonly presets?: NamedFilesPlace;
  /** Event descriptions, for `data.topology`. */
  readonly topologies?: NamedFilesPlace;
  /** Benchmark configs. */
  readonly benchmarks?: NamedFilesPlace;
}

/** What a plugin package exports by default. */
export interface Plugin extends PluginFacts {
  /** The plugin interface it was written for. */
  readonly api: typeof PLUGIN_API;
  readonly module: ContainerModule;
}

/**
 * Declares a plugin: its name and version, where its presets, topologies and benchmarks are, and its components.
 *
 * @example
 * export default definePlugin(
 *   { name: '@me/cosine', version: '1.0.0', presets: new URL('../presets/', import.meta.url) },
 *   [cosineSchedule],
 * );
 */
export function definePlugin(
  facts: PluginFacts,
  // biome-ignore lint/suspicious/noExplicitAny: a plugin may hold components of any role.
  components: readonly Component<any>[],
): Plugin {
  const module = new ContainerModule(({ bind }) => {
    for (const each of components) bind<Component>(ComponentId).toConstantValue(each);
  });
  return { ...facts, api: PLUGIN_API, module };
}
