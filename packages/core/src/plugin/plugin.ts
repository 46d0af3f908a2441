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
  readonly options: z.ZodObject;
  readonly inject: readonly Token<unknown>[];
  create(context: Context<unknown>, dependencies: readonly unknown[]): T;
}

export interface Context<Options> {
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

/** Declares a component. `create` receives its context, then one argument per injected token. */
export function component<
  T,
  Options extends z.ZodObject,
  // biome-ignore lint/suspicious/noExplicitAny: Token is invariant in T; the tuple's own types are recovered by Resolved.
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

export const ComponentId = Symbol.for('@unfold-zoo/core/Component');

/** What a plugin package exports by default. */
export interface Plugin {
  readonly name: string;
  readonly version: string;
  /** The plugin interface it was written for. */
  readonly api: typeof PLUGIN_API;
  readonly module: ContainerModule;
}

/** Declares a plugin: `export default definePlugin({ name: '@me/cosine', version: '1.0.0' }, [ ... ])`. */
export function definePlugin(
  about: { readonly name: string; readonly version: string },
  // biome-ignore lint/suspicious/noExplicitAny: a plugin may hold components of any role.
  components: readonly Component<any>[],
): Plugin {
  const module = new ContainerModule(({ bind }) => {
    for (const each of components) bind<Component>(ComponentId).toConstantValue(each);
  });
  return { ...about, api: PLUGIN_API, module };
}
