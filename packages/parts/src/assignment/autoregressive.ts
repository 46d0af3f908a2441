import { Assignment, component, EventSpec, type Representation, Scaling } from '@unfold-zoo/core';
import { type ColumnScaling, type EventScaling, type Feature, PartonVector } from '@unfold-zoo/core/events';
import { z } from 'zod';
import { headsDivideWidth } from '../blocks/check-heads.js';
import { ASSIGNED, AssignedModel, UNASSIGNED } from './assigned-model.js';
import { type AssignedParticles, assignedParticles } from './assigned-particles.js';
import { AssignmentNetwork } from './assignment-network.js';
import { DetectorObjects } from './detector-objects.js';
import { ObjectFrame } from './object-frame.js';

const eachOption = z.object({
  reach: z
    .number()
    .positive()
    .max(2)
    .default(0.4)
    .describe('Distance in eta and phi up to which a particle is seen as the nearest object; farther off, as none'),
  width: z.int().positive().default(64).describe('Width of the network that says which'),
  heads: z.int().positive().default(4).describe('Attention heads among objects; they divide the width'),
  layers: z.int().positive().default(2).describe('Layers in which the objects see each other'),
  blocks: z.int().positive().default(2).describe('Blocks that an object passes for each particle'),
});

const options = eachOption.superRefine(headsDivideWidth);

/** The events as a model behind the assignment sees them. */
function withAssigned(spec: EventSpec, { input, particles }: AssignedParticles): EventSpec {
  const { features } = spec.inputs[input]!;
  const plain = (name: string): Feature => ({ name, unit: '', scaling: 'none' });
  const marks = particles.map(({ name }) => plain(name));
  const together = ['px', 'py', 'pz', 'number'].map(plain);
  return {
    ...spec,
    inputs: {
      ...spec.inputs,
      [ASSIGNED]: { features: [...features, ...marks], capacity: particles.length },
      [UNASSIGNED]: { features: together, capacity: 1 },
    },
  };
}

/** Deviations from objects stand beside the numbers of an event, and for the momentum of its origin. */
function scalingBehind(spec: EventSpec, scaling: EventScaling, assigned: AssignedParticles): EventScaling {
  const { input, particles, origin } = assigned;
  const representation = scaling.representation ?? new PartonVector(spec);
  const deviations = (['eta', 'phi'] as const).flatMap((quantity) =>
    particles.map(({ name }) => ({ name: `${name}.${quantity} less that of its object` })),
  );
  const columns = representation.columns.map((column, i) =>
    origin?.momentum.includes(i) ? { name: `${column.name} less that of the objects` } : column,
  );
  const described: Representation = {
    columns: [...columns, ...deviations],
    massShell: representation.massShell,
    encode: (partons, observed) => representation.encode(partons, observed),
    decode: (numbers, observed) => representation.decode(numbers, observed),
  };
  return {
    ...scaling,
    representation: described,
    ...(scaling.asinh && { asinh: new Set([...scaling.asinh].filter((column) => !origin?.momentum.includes(column))) }),
    partons: withMore(scaling.partons, deviations.length),
    inputs: {
      ...scaling.inputs,
      [ASSIGNED]: withMore(scaling.inputs[input]!, particles.length),
      [UNASSIGNED]: withMore(NOTHING, 4),
    },
  };
}

const NOTHING: ColumnScaling = {
  mean: new Float64Array(),
  standardDeviation: new Float64Array(),
  log: new Uint8Array(),
};

/** With so many columns more, which stay as they are. */
function withMore({ mean, standardDeviation, log }: ColumnScaling, more: number): ColumnScaling {
  return {
    mean: Float64Array.of(...mean, ...new Float64Array(more)),
    standardDeviation: Float64Array.of(...standardDeviation, ...new Float64Array(more).fill(1)),
    log: Uint8Array.of(...log, ...new Uint8Array(more)),
  };
}

/** The component `autoregressive` of the role `assignment`. */
export const autoregressiveAssignment = component(Assignment, 'autoregressive', {
  description:
    'Which object each particle with measuredByOneOf is, two daughters of one particle together, others one after ' +
    'the other; the model then draws momenta whose directions stand beside those of the objects',
  options,
  inject: [EventSpec, Scaling],
  create: ({ options: { reach, ...size }, rng }, spec, scaling) => {
    const assigned = assignedParticles(spec, scaling);
    return {
      spec: withAssigned(spec, assigned),
      scaling: scalingBehind(spec, scaling, assigned),
      assign: (model) =>
        new AssignedModel({
          model,
          network: new AssignmentNetwork(spec, assigned, size, rng),
          frame: new ObjectFrame(assigned, scaling),
          objects: new DetectorObjects(assigned, spec, scaling.inputs),
          particles: assigned.particles,
          turns: assigned.turns,
          reach,
        }),
    };
  },
});
