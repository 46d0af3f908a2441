import { type EventSource, type EventSpec, UserError } from '@unfold-zoo/core';
import { alternatives, type NamedFiles, topologiesOf } from '@unfold-zoo/core/config';
import {
  decayProblems,
  type Feature,
  type InputSpec,
  type KinematicQuantity,
  type Particle,
} from '@unfold-zoo/core/events';
import { z } from 'zod';
import { mappingSchema } from '../mapping/mapping-schema.js';
import { pluginFacts } from '../plugin-facts.js';
import { parseLocated, readText } from './located-yaml.js';
import { checkMeasuredBy, measuredByOf } from './measured-by.js';
import { type Complain, checkFigures, checkNeutrinoOfW, figures, neutrinoOfW } from './topology-figures.js';

/** What can be computed of an object from its mass, pt, eta and phi, with its unit and what it is computed from. */
const KINEMATICS = {
  mass: { unit: 'GeV', needs: ['mass'] },
  pt: { unit: 'GeV', needs: ['pt'] },
  eta: { unit: '', needs: ['eta'] },
  phi: { unit: 'rad', needs: ['phi'] },
  energy: { unit: 'GeV', needs: ['mass', 'pt', 'eta'] },
  px: { unit: 'GeV', needs: ['pt', 'phi'] },
  py: { unit: 'GeV', needs: ['pt', 'phi'] },
  pz: { unit: 'GeV', needs: ['pt', 'eta'] },
} as const satisfies Record<KinematicQuantity, { readonly unit: string; readonly needs: readonly string[] }>;

const name = z.string().regex(/^[A-Za-z]\w*$/, 'expected letters, digits and _');

const particle = z.strictObject({
  name: name.describe('Key in files and configs.'),
  label: z.string().min(1).describe('Name in tables and figures.'),
  decaysTo: z
    .array(name)
    .min(2)
    .exactOptional()
    .describe(
      'Particles that it decays to: its four-momentum is the sum of theirs in every event, which is checked where ' +
        'representation decay-chain relies on it.',
    ),
  measuredBy: name
    .exactOptional()
    .describe(
      'Group of the one detector object that measures it, one without capacity; the classes of the group tell it ' +
        'from other objects of its input, whose features include the quantities pt, eta and phi. ' +
        'See representation.frame: detector.',
    ),
  measuredByOneOf: name
    .exactOptional()
    .describe(
      'Group of the detector objects of which one is what is seen of it, if any is, e.g. the jets of a quark; with ' +
        'classes and features as for measuredBy. See assignment.',
    ),
});

const classRule = z.strictObject({
  name: name.describe('Class, as the features name it.'),
  dataset: name
    .optional()
    .describe('Dataset of the group that decides; without it objects of no other class are of this one.'),
  value: z.number().optional().describe('Value of the dataset for objects of this class.'),
  lepton: z
    .literal(true)
    .exactOptional()
    .describe('Marks charged leptons, which stand before other objects where events are compared.'),
});

const component = z.union([name, z.number()]).optional();

const group = z.strictObject({
  name: name.describe('Group below /detector.'),
  capacity: z.int().min(1).max(10_000).optional().describe('Most objects an event may hold. Absent: always one.'),
  momentum: z
    .strictObject({ mass: component, pt: component, eta: component, phi: component })
    .prefault({})
    .describe('Datasets that hold mass, pt, eta and phi, or a number where it is the same for all, e.g. mass: 0.'),
  classes: z.array(classRule).default([]).describe('One-hot classes; each object must be of exactly one if any.'),
});

const feature = z
  .strictObject({
    name: name.optional().describe('Default: that of the quantity, dataset or class.'),
    unit: z.string().optional().describe('Default: that of the quantity; none for datasets and classes.'),
    scaling: z.enum(['log', 'standard', 'none']).optional().describe('Default: standard; none for classes.'),
    quantity: z
      .enum(Object.keys(KINEMATICS) as [KinematicQuantity])
      .optional()
      .describe('Computed from the momentum.'),
    dataset: name.optional().describe('Taken as it is from a dataset that every group of the input has.'),
    class: name.optional().describe('1 for objects of this class, 0 for others.'),
  })
  .refine(({ quantity, dataset, class: one }) => [quantity, dataset, one].filter((v) => v !== undefined).length === 1, {
    error: 'expected exactly one of quantity, dataset, class',
  })
  .transform((rule) => ({
    ...rule,
    name: rule.name ?? (rule.quantity ?? rule.dataset ?? rule.class)!,
    unit: rule.unit ?? (rule.quantity ? KINEMATICS[rule.quantity].unit : ''),
    scaling: rule.scaling ?? (rule.class === undefined ? ('standard' as const) : ('none' as const)),
  }));

const input = z.strictObject({
  groups: z.array(group).min(1).describe('Where the objects come from.'),
  features: z
    .array(feature)
    .min(1)
    .describe(
      'Numbers that describe an object, in order. All groups of the input share them: a group with other numbers ' +
        'belongs into an input of its own.',
    ),
});

const topologySchema = z
  .strictObject({
    name: z.string().min(1).describe('Name of the topology.'),
    particles: z.array(particle).min(1).describe('Rows of /partons/momenta, in order.'),
    inputs: z.record(name, input).describe('What a model observes.'),
    mapping: mappingSchema
      .exactOptional()
      .describe(
        'Where the events come from in files of another layout. Default: files have the layout of this package.',
      ),
    figures: figures.exactOptional().describe('Which figures matter most. Default: derived from the particles.'),
    neutrinoOfW: neutrinoOfW
      .exactOptional()
      .describe('The one neutrino of a W boson: its two solutions by the W mass are shown. Default: none.'),
  })
  .superRefine((topology, context) => {
    const complain = (path: (string | number)[], message: string): void => {
      context.addIssue({ code: 'custom', path, message });
    };
    for (const i of repeated(topology.particles)) complain(['particles', i, 'name'], 'duplicate particle');
    for (const { parent, daughter, message } of decayProblems(topology.particles))
      complain(['particles', parent, 'decaysTo', daughter], message);
    for (const [i, { measuredBy, measuredByOneOf }] of topology.particles.entries()) {
      if (measuredBy !== undefined)
        checkMeasuredBy(measuredBy, topology, 'one', (text) => complain(['particles', i, 'measuredBy'], text));
      if (measuredByOneOf !== undefined)
        checkMeasuredBy(measuredByOneOf, topology, 'many', (text) =>
          complain(['particles', i, 'measuredByOneOf'], text),
        );
    }
    if (Object.keys(topology.inputs).length === 0) complain(['inputs'], 'expected at least one input');
    for (const [key, rule] of Object.entries(topology.inputs)) checkInput(rule, ['inputs', key], complain);
    if (topology.figures) checkFigures(topology.figures, topology, complain);
    if (topology.neutrinoOfW) checkNeutrinoOfW(topology.neutrinoOfW, topology, complain);
  });

/** How the events of one topology are laid out in files, and what models see of them. Made by `loadTopology`. */
export type Topology = z.output<typeof topologySchema>;
/** One kind of detector input of a topology. */
export type InputRule = Topology['inputs'][string];
/** One group of datasets that an input is made of. */
export type GroupRule = InputRule['groups'][number];
/** One feature of the objects of an input. */
export type FeatureRule = InputRule['features'][number];

/** What is said of a feature that one of several groups lacks; nothing where there is one. */
function sharedBy({ groups }: z.output<typeof input>): string {
  return groups.length > 1 ? '; all groups of an input share its features: make it an input of its own' : '';
}

function checkInput(rule: z.output<typeof input>, path: (string | number)[], complain: Complain): void {
  for (const i of repeated(rule.features)) complain([...path, 'features', i], 'duplicate feature');
  for (const i of repeated(rule.groups)) complain([...path, 'groups', i, 'name'], 'duplicate group');
  const named = new Set(rule.features.map((each) => each.class));
  const offered = new Set(rule.groups.flatMap(({ classes }) => classes.map((each) => each.name)));
  for (const [g, { name, momentum, classes }] of rule.groups.entries()) {
    for (const [i, each] of classes.entries()) {
      const at = [...path, 'groups', g, 'classes', i];
      if (!named.has(each.name)) complain(at, `unused class: no feature says class: ${each.name}`);
      if ((each.dataset === undefined) !== (each.value === undefined)) complain(at, 'dataset and value go together');
      const same = classes.findIndex(({ dataset, value }) => dataset === each.dataset && value === each.value);
      if (same < i) complain(at, `duplicate class: ${classes[same]!.name} has the same objects`);
    }
    for (const [i, { quantity }] of rule.features.entries()) {
      const missing = (quantity ? KINEMATICS[quantity].needs : []).filter((need) => momentum[need] === undefined);
      if (missing.length > 0)
        complain(
          [...path, 'features', i],
          `${quantity} needs ${missing.join(', ')} in the momentum of group ${name}${sharedBy(rule)}`,
        );
    }
  }
  for (const [i, each] of rule.features.entries()) {
    if (each.class !== undefined && !offered.has(each.class))
      complain(
        [...path, 'features', i, 'class'],
        `unknown class: expected one of ${[...offered].join(', ') || 'none'}`,
      );
  }
}

function repeated(list: readonly { readonly name: string }[]): number[] {
  const seen = new Set<string>();
  return list.flatMap(({ name }, i) => (seen.size === seen.add(name).size ? [i] : []));
}

/**
 * Reads a topology: one of the known by its name, unless given those that come with this package, or a YAML file by its
 * path (anything with a slash that is no known name, or ending in .yaml or .yml).
 * @throws UserError that names file, line and column, or the nearest name.
 */
export function loadTopology(nameOrPath: string, known: NamedFiles = topologiesOf([pluginFacts])): Topology {
  const path = topologyPath(nameOrPath, known);
  return parseLocated(readText(path), path, topologySchema);
}

/** The text of the file that `loadTopology` reads. */
export function topologyText(nameOrPath: string, known: NamedFiles = topologiesOf([pluginFacts])): string {
  return readText(topologyPath(nameOrPath, known));
}

function topologyPath(nameOrPath: string, known: NamedFiles): string {
  const path = known.find(nameOrPath) ?? nameOrPath;
  if (/[\\/]|\.ya?ml$/.test(path)) return path;
  const cure = `or write the path of a .yaml file, or list its plugin under plugins`;
  throw new UserError(
    `unknown topology: "${nameOrPath}"${alternatives(nameOrPath, 'topologies', known.names)}; ${cure}`,
  );
}

/** Most objects of an input. */
export function inputCapacity(rule: InputRule): number {
  return rule.groups.reduce((sum, { capacity }) => sum + (capacity ?? 1), 0);
}

/** The layout that models are told, and the figures that matter most. */
export function eventSpec({ name, particles, inputs, figures, neutrinoOfW }: Topology): EventSpec {
  const described = Object.entries(inputs).map(([key, rule]): [string, InputSpec] => [
    key,
    { capacity: inputCapacity(rule), features: rule.features.map((each) => featureOf(each, leptonClasses(rule))) },
  ]);
  return {
    name,
    particles: particles.map((particle) => particleOf(particle, inputs)),
    inputs: Object.fromEntries(described),
    ...(figures && { figures }),
    ...(neutrinoOfW && { neutrinoOfW }),
  };
}

function particleOf(
  { measuredBy, measuredByOneOf, ...particle }: Topology['particles'][number],
  inputs: Topology['inputs'],
): Particle {
  return {
    ...particle,
    ...(measuredBy !== undefined && { measuredBy: measuredByOf(measuredBy, inputs) }),
    ...(measuredByOneOf !== undefined && { measuredByOneOf: measuredByOf(measuredByOneOf, inputs) }),
  };
}

function featureOf({ name, unit, scaling, quantity, class: one }: FeatureRule, leptons: ReadonlySet<string>): Feature {
  return {
    name,
    unit,
    scaling,
    ...(quantity && { quantity }),
    ...(one !== undefined && leptons.has(one) && { lepton: true }),
  };
}

function leptonClasses({ groups }: InputRule): Set<string> {
  return new Set(groups.flatMap(({ classes }) => classes.flatMap(({ name, lepton }) => (lepton ? [name] : []))));
}

/** The topology of a data source that says so, as those of this package do; events in memory are read by it. */
export function topologyOf(source: EventSource): Topology | undefined {
  return 'topology' in source ? (source.topology as Topology) : undefined;
}

/** The text of the topology file of a data source that keeps it, as `hdf5` does: what a run keeps a copy of. */
export function topologyTextOf(source: EventSource): string | undefined {
  return 'topologyText' in source ? (source.topologyText as string) : undefined;
}
