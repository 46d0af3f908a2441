import { alternatives } from '@unfold-zoo/core/config';
import type { KinematicQuantity, MeasuredBy } from '@unfold-zoo/core/events';

/** What is looked at of an input of a topology. */
interface Rule {
  readonly groups: readonly Group[];
  readonly features: readonly {
    readonly name: string;
    readonly quantity?: KinematicQuantity | undefined;
    readonly class?: string | undefined;
  }[];
}

interface Group {
  readonly name: string;
  readonly capacity?: number | undefined;
  readonly classes: readonly { readonly name: string }[];
}

type Rules = Readonly<Record<string, Rule>>;

/** Quantities that the direction and size of a measured momentum follow from. */
const NEEDED = ['pt', 'eta', 'phi'] as const;

/** Complains of a group whose one object, or one of whose many, cannot measure a particle. */
export function checkMeasuredBy(
  group: string,
  { inputs }: { readonly inputs: Rules },
  objects: 'one' | 'many',
  complain: (message: string) => void,
): void {
  const place = placeOf(group, inputs);
  if (!place) {
    const groups = Object.values(inputs).flatMap((rule) => rule.groups.map(({ name }) => name));
    complain(`unknown group "${group}"${alternatives(group, 'groups', groups)}`);
    return;
  }
  const { rule, input, others } = place;
  const own = place.group;
  if (objects === 'many' && own.capacity === undefined)
    complain(`group ${group} is one object; expected a group with a capacity, or measuredBy`);
  if (objects === 'one' && own.capacity !== undefined)
    complain(`group ${group} holds up to ${own.capacity} objects; expected a group without capacity, of one object`);
  const shared = own.classes.find(({ name }) => others.some(({ classes }) => classes.some((one) => one.name === name)));
  if (others.length > 0 && (own.classes.length === 0 || shared))
    complain(`no class tells objects of group ${group} from others of ${input}; expected classes of its own`);
  const missing = NEEDED.filter((needed) => !rule.features.some(({ quantity }) => quantity === needed));
  if (missing.length > 0) complain(`the features of ${input} lack the quantities ${missing.join(', ')}`);
}

/** How an event description says it. The group has been checked. */
export function measuredByOf(group: string, inputs: Rules): MeasuredBy {
  const { input, rule, group: own, others } = placeOf(group, inputs)!;
  const classes = others.length === 0 ? [] : own.classes.map(({ name }) => name);
  return {
    input,
    classes: rule.features.flatMap(({ name, class: one }) =>
      one !== undefined && classes.includes(one) ? [name] : [],
    ),
  };
}

function placeOf(name: string, inputs: Rules) {
  for (const [input, rule] of Object.entries(inputs)) {
    const group = rule.groups.find((one) => one.name === name);
    if (group) return { input, rule, group, others: rule.groups.filter((one) => one !== group) };
  }
  return undefined;
}
