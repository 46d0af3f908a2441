import 'reflect-metadata';
import { Container, type ServiceIdentifier } from 'inversify';
import { z } from 'zod';
import { isUserError, UserError } from '../errors.js';
import type { Rng } from '../rng.js';
import { nestedRoles, optionsBeside } from './nested-choice.js';
import { type Component, ComponentId, type Plugin } from './plugin.js';
import { defineService, isRole, type Role, type Token } from './token.js';

/** One component as a config chooses it, its options parsed and complete. */
export interface Choice {
  readonly kind: string;
  readonly [option: string]: unknown;
}

/** The parsed roles of a run: `{ schedule: { kind: 'cosine', margin: 0.01 }, metrics: [{ kind: 'ks' }], ... }`. */
export type Choices = Readonly<Record<string, Choice | readonly Choice[] | undefined>>;

/** A value the run provides to whatever asks for its token. */
export type Service = readonly [token: Token<unknown>, value: unknown];

/** Pairs a token with its value, checked by the compiler. */
export function service<T>(token: Token<T>, value: T): Service {
  return [token as Token<unknown>, value];
}

/** A choice and where it stands: `learningRate.next`. */
interface Place {
  /** Key of its role. */
  readonly role: string;
  readonly choice: Choice;
  readonly path: string;
  readonly rng: Rng;
}

/**
 * Every component that the loaded plugins offer. It makes the schemas of configs, and assembles the chosen components.
 * @throws UserError on construction, for two components of one role and kind.
 */
export class Catalogue {
  readonly plugins: readonly Plugin[];
  readonly #byRole = new Map<string, Map<string, Component>>();

  constructor(plugins: readonly Plugin[]) {
    this.plugins = plugins;
    for (const plugin of plugins) for (const each of componentsOf(plugin)) this.#add(each, plugin);
  }

  readonly #owner = new Map<Component, Plugin>();
  readonly #schemas = new Map<string, z.ZodType>();

  #add(each: Component, plugin: Plugin): void {
    const kinds = this.#byRole.get(each.role.key) ?? new Map<string, Component>();
    const other = kinds.get(each.kind);
    if (other) {
      const owner = this.#owner.get(other)!.name;
      const from = owner === plugin.name ? `twice from "${owner}"` : `from both "${owner}" and "${plugin.name}"`;
      throw new UserError(`duplicate ${each.role.key}: "${each.kind}" comes ${from}; load one of them`);
    }
    this.#owner.set(each, plugin);
    this.#byRole.set(each.role.key, kinds.set(each.kind, each));
  }

  /** Keys of the roles that have at least one component. */
  get roles(): string[] {
    return [...this.#byRole.keys()];
  }

  /** The components of a role, in the order their plugins were loaded. */
  components(role: string): readonly Component[] {
    return [...(this.#byRole.get(role)?.values() ?? [])];
  }

  /** The plugin a component came from. */
  owner(component: Component): Plugin {
    return this.#owner.get(component)!;
  }

  /** Per role, the schema of one of `{ kind, ...options }`, or of a list of them. */
  roleSchemas(): Record<string, z.ZodType> {
    const shape: Record<string, z.ZodType> = {};
    for (const [key, kinds] of this.#byRole) {
      const one = this.schemaOf(key);
      const many = [...kinds.values()][0]!.role.cardinality === 'many';
      shape[key] = many ? z.array(one).optional() : one.optional();
    }
    return shape;
  }

  /** The schema of one `{ kind, ...options }` of a role that has components. */
  schemaOf(role: string): z.ZodType {
    const known = this.#schemas.get(role);
    if (known) return known;
    const variants = this.components(role).map(({ kind, description, options }) => {
      return optionsBeside(kind, options, (nested) => this.schemaOf(nested)).describe(description);
    });
    const schema = z.discriminatedUnion('kind', variants as [(typeof variants)[0], ...typeof variants]);
    this.#schemas.set(role, schema);
    return schema;
  }

  /**
   * Creates the chosen component of `root` and everything it needs.
   * @throws UserError for a role that is needed and not chosen, an unknown kind, and options that a component refuses.
   */
  assemble<T>(root: Role<T>, choices: Choices, rng: Rng, services: readonly Service[] = []): T {
    return this.#container(root, choices, rng, services).get(root.id);
  }

  /** Creates every chosen component of a list role. @throws UserError as `assemble` does. */
  assembleAll<T>(root: Role<T>, choices: Choices, rng: Rng, services: readonly Service[] = []): readonly T[] {
    if (chosen(choices, root).length === 0) return [];
    return this.#container(root, choices, rng, services).getAll(root.id);
  }

  #container(root: Role<unknown>, choices: Choices, rng: Rng, services: readonly Service[]): Container {
    const reached = this.reach([root], choices);
    const run = new Container();
    run.bind(LoadedCatalogue.id).toConstantValue(this);
    for (const [token, value] of services) run.bind(token.id).toConstantValue(value);
    for (const key of reached) {
      for (const [i, choice] of asList(choices[key]).entries()) {
        const { role } = this.#find(key, choice.kind);
        const many = role.cardinality === 'many';
        const stream = rng.fork(many ? `${key} ${i}` : key);
        const path = many ? `${key}.${i}` : key;
        this.#bind(run, role.id, { role: key, choice, path, rng: stream });
      }
    }
    return run;
  }

  /** Lets the container create one choice, with those nested in it, under an identifier. */
  #bind(run: Container, id: ServiceIdentifier, { role, choice, path, rng }: Place): void {
    const { kind, ...options } = choice;
    const { inject, create, options: schema } = this.#find(role, kind);
    const nested = chosenWithin(schema, options).map(([option, nestedRole, within]) => {
      const place = { role: nestedRole, choice: within, path: `${path}.${option}`, rng: rng.fork(option) };
      const own = Symbol(place.path);
      this.#bind(run, own, place);
      return [option, own] as const;
    });
    const make = (...given: unknown[]): unknown => {
      const within = nested.map(([option], i) => [option, given[inject.length + i]]);
      const all = { ...options, ...Object.fromEntries(within) };
      return locating(path, options, () => create({ options: all, rng }, given.slice(0, inject.length)));
    };
    const wanted = [...inject.map(injection), ...nested.map(([, own]) => own)];
    run
      .bind(id)
      .toResolvedValue(make, wanted as never)
      .inSingletonScope();
  }

  /**
   * The config keys that `roots` need, directly or through what they inject.
   * @throws UserError for one that is missing.
   */
  reach(roots: readonly Role<unknown>[], choices: Choices): Set<string> {
    const reached = new Set<string>();
    const visit = (token: Token<unknown>, neededBy: string): void => {
      if (!isRole(token) || reached.has(token.key)) return;
      const list = chosen(choices, token);
      if (list.length === 0) {
        if (token.cardinality === 'many') return;
        throw new UserError(`missing ${token.key}: ${neededBy} needs one of ${this.#kinds(token.key)}`);
      }
      reached.add(token.key);
      for (const choice of list) {
        for (const [each, neededBy] of this.#needs(token.key, choice)) visit(each, neededBy);
      }
    };
    for (const root of roots) visit(root, 'the run');
    return reached;
  }

  /** What a choice and those nested in it inject, each with who asks for it. */
  #needs(role: string, { kind, ...options }: Choice): (readonly [Token<unknown>, neededBy: string])[] {
    const { inject, options: schema } = this.#find(role, kind);
    const own = inject.map((token) => [token, `${role} "${kind}"`] as const);
    const nested = chosenWithin(schema, options).flatMap(([, nestedRole, within]) => this.#needs(nestedRole, within));
    return [...own, ...nested];
  }

  /** Refuses roles that a config sets and nothing in the run uses. @throws UserError that names them. */
  checkUnused(roots: readonly Role<unknown>[], choices: Choices): void {
    const reached = this.reach(roots, choices);
    const unused = Object.keys(choices).filter((key) => asList(choices[key]).length > 0 && !reached.has(key));
    if (unused.length === 0) return;
    const model = asList(choices['model'])[0]?.kind;
    throw new UserError(
      `unused ${unused.join(', ')}: model "${model}" does not use ${unused.length > 1 ? 'them' : 'it'}; remove ` +
        "the key, or set it to null to undo a preset's",
    );
  }

  #find(key: string, kind: string): Component {
    const found = this.#byRole.get(key)?.get(kind);
    if (!found) throw new UserError(`unknown ${key}: "${kind}"; expected one of ${this.#kinds(key)}`);
    return found;
  }

  #kinds(key: string): string {
    return (
      this.components(key)
        .map(({ kind }) => `"${kind}"`)
        .join(', ') || 'none of the loaded plugins'
    );
  }
}

/** The catalogue that a component comes from, for one that chooses among others or looks for files of plugins. */
export const LoadedCatalogue = defineService<Catalogue>('catalogue');

function componentsOf(plugin: Plugin): Component[] {
  const container = new Container();
  try {
    container.loadSync(plugin.module);
    return container.isBound(ComponentId) ? container.getAll<Component>(ComponentId) : [];
  } catch (cause) {
    const detail = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    throw new UserError(`invalid plugin "${plugin.name}": its components cannot be read: ${detail}`, { cause });
  }
}

// What a component says of its options is the user's to find in the config: `invalid codec.width: ...`.
function locating<T>(path: string, options: object, create: () => T): T {
  try {
    return create();
  } catch (error) {
    if (!isUserError(error)) throw error;
    const [, problem, option, detail] = /^(\w+) (\w+)(: .*)$/s.exec(error.message) ?? [];
    const isOption = option !== undefined && Object.hasOwn(options, option);
    throw new UserError(isOption ? `${problem} ${path}.${option}${detail}` : `${path}: ${error.message}`, {
      cause: error,
    });
  }
}

function asList(choice: Choice | readonly Choice[] | undefined): readonly Choice[] {
  if (choice === undefined) return [];
  return Array.isArray(choice) ? (choice as readonly Choice[]) : [choice as Choice];
}

function chosen(choices: Choices, role: Role<unknown>): readonly Choice[] {
  return asList(choices[role.key]);
}

/** The nested choices among a component's options, with the keys of their roles. */
function chosenWithin(
  schema: z.ZodObject,
  options: Readonly<Record<string, unknown>>,
): (readonly [option: string, role: string, choice: Choice])[] {
  const set = nestedRoles(schema).filter(([option]) => options[option] !== undefined);
  return set.map(([option, role]) => [option, role, options[option] as Choice] as const);
}

// A list role injects everything bound under its id, which may be nothing.
function injection(token: Token<unknown>): unknown {
  const many = isRole(token) && token.cardinality === 'many';
  return many ? { isMultiple: true, serviceIdentifier: token.id } : token.id;
}
