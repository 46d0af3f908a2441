import { EventSpec } from '../contracts/events/event-spec.js';
import { UserError } from '../errors.js';
import { Scaling } from '../events/scaling.js';
import { Catalogue, type Choice, type Choices, service } from '../plugin/catalogue.js';
import type { Plugin } from '../plugin/plugin.js';
import type { Role } from '../plugin/token.js';
import { type Setting, testSetting } from './setting.js';
import { STAND_IN, standIns } from './stand-ins.js';

/** `{ kind, ...options }` as a config writes it: defaults may be left out. */
export interface WrittenChoice {
  readonly kind: string;
  readonly [option: string]: unknown;
}

/**
 * Builds a component as a run would: options checked and completed, dependencies injected. What a plugin's component
 * injects and `beside` does not choose is a stand-in, so that a plugin is tested with nothing but the core.
 *
 *     noiseScheduleChecks((setting) => build(NoiseSchedule, plugin, { kind: 'sigmoid', steepness: 8 }, setting))
 */
export function build<T>(
  role: Role<T>,
  plugins: Plugin | readonly Plugin[],
  choice: WrittenChoice,
  setting: Setting = testSetting(),
  beside: Readonly<Record<string, WrittenChoice>> = {},
): T {
  const loaded = [plugins].flat() as readonly Plugin[];
  const catalogue = new Catalogue([...loaded, standIns]);
  const others = neighbours(catalogue, role.key);
  const choices = parse(catalogue, { ...others, ...beside, [role.key]: choice });
  const services = [service(EventSpec, setting.spec), service(Scaling, setting.scaling)];
  if (role.cardinality === 'many') {
    const list = { ...choices, [role.key]: [choices[role.key] as Choice] };
    return catalogue.assembleAll(role, list, setting.rng, services)[0]!;
  }
  return catalogue.assemble(role, choices, setting.rng, services);
}

function neighbours(catalogue: Catalogue, except: string): Record<string, WrittenChoice> {
  const has = (key: string) => catalogue.components(key).some(({ kind }) => kind === STAND_IN);
  return Object.fromEntries(
    catalogue.roles.filter((key) => key !== except && has(key)).map((key) => [key, { kind: STAND_IN }]),
  );
}

function parse(catalogue: Catalogue, written: Readonly<Record<string, WrittenChoice>>): Choices {
  const entries = Object.entries(written).map(([key, choice]) => {
    const known = catalogue.components(key).map((each) => each.kind);
    if (!known.includes(choice.kind)) {
      throw new UserError(`unknown ${key}: "${choice.kind}"; expected one of ${known.join(', ') || 'none'}`);
    }
    return [key, catalogue.schemaOf(key).parse(choice)];
  });
  return Object.fromEntries(entries) as Choices;
}
