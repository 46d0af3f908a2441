import * as tf from '@tensorflow/tfjs-core';
import {
  type EventBatch,
  type GenerativeModel,
  type ModelDiffusion,
  Module,
  type Observation,
  type Parameter,
  type Posterior,
  type Reconstruction,
  type Rng,
  type StageLoss,
  type TrainingStage,
} from '@unfold-zoo/core';
import { detach } from '@unfold-zoo/core/diffusion';
import { weightedMean } from '@unfold-zoo/core/losses';
import { mapObserved, repeatRows } from '@unfold-zoo/core/nn';
import type { ParticleColumns, Turn } from './assigned-particles.js';
import type { AssignmentNetwork, Candidates } from './assignment-network.js';
import type { Choices } from './choices.js';
import type { DetectorObjects } from './detector-objects.js';
import type { ChosenObjects } from './directions.js';
import type { ObjectFrame } from './object-frame.js';
import { drawTurn, turnLoss } from './turns.js';

/** Name of the input with the chosen objects. */
export const ASSIGNED = 'assigned';
/** Name of the input with the momentum of the event without the objects that were not chosen, and their number. */
export const UNASSIGNED = 'unassigned';

/** What an assigned model is put together from. */
export interface AssignedModelParts {
  readonly model: GenerativeModel;
  readonly network: AssignmentNetwork;
  readonly frame: ObjectFrame;
  readonly objects: DetectorObjects;
  /** The particles that are assigned. */
  readonly particles: readonly ParticleColumns[];
  /** Which of them are chosen at a time. */
  readonly turns: readonly Turn[];
  /** Distance in eta and phi up to which a particle is seen as an object. */
  readonly reach: number;
}

/** What is known of events with truth. */
interface KnownObjects {
  readonly objects: ChosenObjects;
  /** The events as the model behind the choices sees them. */
  readonly assigned: EventBatch;
}

/** A model of particles given the objects that they are seen as, behind a network that says which these are. */
export class AssignedModel extends Module implements GenerativeModel {
  readonly assignment: AssignmentNetwork;
  readonly #parts: AssignedModelParts;

  constructor(parts: AssignedModelParts) {
    super();
    this.assignment = parts.network;
    this.#parts = parts;
  }

  override *namedParameters(prefix = ''): Generator<[name: string, parameter: Parameter]> {
    yield* this.#model.namedParameters(prefix);
    yield* this.assignment.namedParameters(`${prefix}assignment.`);
    yield* this.#parts.frame.namedParameters(`${prefix}assignmentFrame.`);
  }

  get #model(): GenerativeModel {
    return this.#parts.model;
  }

  get stages(): readonly TrainingStage[] {
    const assignment: TrainingStage = {
      name: 'assignment',
      groups: [{ name: 'network', parameters: this.assignment.parameters }],
      loss: (batch) => this.#assignmentLoss(batch),
    };
    const others = this.#model.stages.map((stage) => ({
      ...stage,
      loss: (batch: EventBatch, rng: Rng) => stage.loss(this.#assignedBatch(batch), rng),
    }));
    return [assignment, ...others];
  }

  get diffusion(): ModelDiffusion | undefined {
    const { diffusion } = this.#model;
    return diffusion && { ...diffusion, latents: (batch, rng) => diffusion.latents(this.#assignedBatch(batch), rng) };
  }

  posterior(observed: Observation): Posterior {
    const candidates = tf.tidy(() => this.#candidates(observed));
    const kept = mapObserved(observed, (rows) => tf.clone(rows));
    const events = Object.values(kept)[0]!.mask.shape[0];
    return {
      events,
      draw: (rng, draws = 1) => tf.tidy(() => this.#draw(candidates, kept, { draws, rng })),
      dispose: () => tf.dispose([candidates, kept] as unknown as tf.TensorContainer),
    };
  }

  diagnostics(): ReturnType<Required<GenerativeModel>['diagnostics']> {
    return this.#model.diagnostics?.() ?? [];
  }

  *reconstructions(batch: EventBatch, rng: Rng): Generator<Reconstruction> {
    const { objects, assigned } = tf.tidy(() => this.#known(batch) as never) as unknown as KnownObjects;
    try {
      for (const each of this.#model.reconstructions?.(assigned, rng) ?? []) {
        const partons = tf.tidy(() => this.#parts.frame.decode(each.partons, objects));
        each.partons.dispose();
        yield { ...each, partons };
      }
    } finally {
      const added = [assigned.observed[ASSIGNED]!, assigned.observed[UNASSIGNED]!];
      tf.dispose([objects, assigned.partons, added] as unknown as tf.TensorContainer);
    }
  }

  /** -ln p(a | y), of each turn. */
  #assignmentLoss({ partons, observed, weights }: EventBatch): StageLoss {
    const choices = this.#trueChoices(partons, observed).map(detach);
    const candidates = this.#candidates(observed);
    const { turns, particles } = this.#parts;
    const chosen: (tf.Tensor2D | undefined)[] = choices.map(() => undefined);
    const terms = turns.map((turn) => {
      const losses = turnLoss(this.assignment, turn, { candidates, chosen, choices });
      for (const particle of turn) chosen[particle] = choices[particle];
      return [turn.map((particle) => particles[particle]!.name).join('+'), weightedMean(losses, weights)];
    });
    return { terms: Object.fromEntries(terms) };
  }

  #assignedBatch(batch: EventBatch): EventBatch {
    const { assigned } = this.#known(batch);
    return { ...batch, partons: detach(assigned.partons), observed: mapObserved(assigned.observed, detach) };
  }

  #known(batch: EventBatch): KnownObjects {
    const choices = this.#trueChoices(batch.partons, batch.observed);
    const objects = this.#parts.objects.chosen(choices, batch.observed);
    const partons = this.#parts.frame.encode(batch.partons, objects);
    const observed = this.#assignedInput(choices, objects, batch.observed);
    return { objects, assigned: { ...batch, partons, observed } };
  }

  #candidates(observed: Observation): Candidates {
    return this.assignment.candidates(observed, this.#parts.objects.measured(observed));
  }

  /** Of events with truth: the nearest object of each particle, within reach. */
  #trueChoices(partons: tf.Tensor2D, observed: Observation): Choices {
    const { objects, frame, reach } = this.#parts;
    return objects.nearest(frame.directions(partons), observed, reach);
  }

  /** The observation with two more inputs: the chosen objects, each with a mark of its particle, and `#unassigned`. */
  #assignedInput(choices: Choices, objects: ChosenObjects, observed: Observation): Observation {
    const features = this.#parts.objects.features(observed);
    const rows = features.shape[0];
    const chosen = tf.matMul<tf.Tensor3D>(tf.stack([...choices], 1), features);
    const mask = objects.present;
    const eye = tf.reshape<tf.Rank.R3>(tf.eye(choices.length), [1, choices.length, choices.length]);
    const each: tf.Tensor3D = tf.tile(eye, [rows, 1, 1]);
    const marks = tf.mul<tf.Tensor3D>(each, tf.expandDims(mask, 2) as tf.Tensor3D);
    return {
      ...observed,
      [ASSIGNED]: { features: tf.concat3d([chosen, marks], 2), mask },
      [UNASSIGNED]: { features: this.#unassigned(objects), mask: tf.ones([rows, 1]) },
    };
  }

  /** [B, 1, 4] px, py and pz of the event without the objects that were not chosen, scaled, and their number. */
  #unassigned({ together, unchosen }: ChosenObjects): tf.Tensor3D {
    return tf.expandDims(tf.concat2d([this.#parts.frame.scaledMomenta(together), unchosen], 1), 1);
  }

  #draw(candidates: Candidates, observed: Observation, { draws, rng }: { draws: number; rng: Rng }): tf.Tensor2D {
    const repeated = Object.fromEntries(
      Object.entries(candidates).map(([name, rows]) => [name, repeatRows(rows, draws)]),
    ) as Candidates;
    const rows = mapObserved(observed, (each) => repeatRows(each, draws));
    const choices = this.#drawChoices(repeated, rng);
    const objects = this.#parts.objects.chosen(choices, rows);
    const posterior = this.#model.posterior(this.#assignedInput(choices, objects, rows));
    const drawn = this.#parts.frame.decode(posterior.draw(rng), objects);
    posterior.dispose();
    return drawn;
  }

  #drawChoices(candidates: Candidates, rng: Rng): Choices {
    const rows = candidates.padding.shape[0];
    const { turns, particles } = this.#parts;
    const chosen: (tf.Tensor2D | undefined)[] = particles.map(() => undefined);
    for (const turn of turns) {
      const uniform = turn.map(() => rng.uniformTensor(rows));
      const drawn = drawTurn(this.assignment, turn, { candidates, chosen, uniform });
      for (const [i, particle] of turn.entries()) chosen[particle] = drawn[i]!;
    }
    return chosen as tf.Tensor2D[];
  }
}
