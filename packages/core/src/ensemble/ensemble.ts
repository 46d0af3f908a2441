import type { Diagnostic } from '../contracts/model/diagnostics.js';
import type { GenerativeModel } from '../contracts/model/generative-model.js';
import type { Observation } from '../contracts/model/observation.js';
import type { Posterior } from '../contracts/model/posterior.js';
import type { TrainingStage } from '../contracts/model/training-stage.js';
import { Module } from '../module.js';
import { mixturePosterior } from './mixture-posterior.js';

/** A model of an ensemble, and the seed of its initial weights. */
export interface EnsembleMember {
  readonly seed: number;
  readonly model: GenerativeModel;
  /** Whether the ensemble draws from it too; true if absent. */
  readonly draws?: boolean;
}

/**
 * The same model several times, each from initial weights of its own and trained on batches in an order of its own, one
 * after the other. It draws from the mixture of their posteriors, each as likely as any other, or from some of them
 * alone.
 */
export class Ensemble extends Module implements GenerativeModel {
  readonly members: readonly GenerativeModel[];
  readonly #seeds: readonly number[];
  readonly #drawing: readonly GenerativeModel[];

  constructor(members: readonly EnsembleMember[]) {
    super();
    this.members = members.map(({ model }) => model);
    this.#seeds = members.map(({ seed }) => seed);
    this.#drawing = members.filter(({ draws = true }) => draws).map(({ model }) => model);
  }

  /** Those that it draws from. */
  get drawing(): readonly GenerativeModel[] {
    return this.#drawing;
  }

  /** Those of every member: `joint of seed 0`, `joint of seed 1` and so on, with the settings of `joint`. */
  get stages(): readonly TrainingStage[] {
    return this.members.flatMap((member, i) => stagesOf(member, this.#seeds[i]!));
  }

  posterior(observed: Observation): Posterior {
    return mixturePosterior(this.#drawing, observed);
  }

  diagnostics(): readonly Diagnostic[] {
    return this.members.flatMap((member, i) =>
      (member.diagnostics?.() ?? []).map((each) => ({ ...each, name: `${each.name} of seed ${this.#seeds[i]}` })),
    );
  }
}

/** The last stage of a member completes its posterior. */
function stagesOf(member: GenerativeModel, seed: number): TrainingStage[] {
  const { stages } = member;
  return stages.map((stage, i) => ({
    name: `${stage.name} of seed ${seed}`,
    settings: stage.settings ?? stage.name,
    groups: stage.groups,
    ...(stage.copies && { copies: stage.copies }),
    loss: (batch, rng) => stage.loss(batch, rng),
    ...(i === stages.length - 1 && { posterior: (observed: Observation) => member.posterior(observed) }),
  }));
}
