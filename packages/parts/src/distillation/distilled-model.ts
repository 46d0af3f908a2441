import {
  type EventBatch,
  type GenerativeModel,
  type ModelDiffusion,
  Module,
  type Observation,
  type Parameter,
  type Posterior,
  type Rng,
  type StageLoss,
  type TrainingStage,
} from '@unfold-zoo/core';
import { Teacher } from './teacher.js';

/** The loss of a student in front of its teacher. */
export type LessonLoss = (teacher: Teacher, batch: EventBatch, rng: Rng) => StageLoss;

/**
 * A model with one more stage of training, in which some of its weights learn from what they were. Its parameters keep
 * the names that they have without it, so that it can start from the weights of a trained run.
 */
export class DistilledModel extends Module implements GenerativeModel {
  readonly #model: GenerativeModel;
  readonly #student: readonly Parameter[];
  readonly #teacher: Teacher;
  readonly #loss: LessonLoss;

  constructor(model: GenerativeModel, student: readonly Parameter[], loss: LessonLoss) {
    super();
    this.#model = model;
    this.#student = student;
    this.#teacher = new Teacher(student);
    this.#loss = loss;
  }

  override *namedParameters(prefix = ''): Generator<[name: string, parameter: Parameter]> {
    yield* this.#model.namedParameters(prefix);
    yield* this.#teacher.namedParameters(`${prefix}teacher.`);
  }

  get diffusion(): ModelDiffusion | undefined {
    return this.#model.diffusion;
  }

  get stages(): readonly TrainingStage[] {
    const distillation: TrainingStage = {
      name: 'distillation',
      groups: [{ name: 'network', parameters: this.#student }],
      copies: this.#student.map((from, i) => ({ from, to: this.#teacher.weights[i]! })),
      loss: (batch, rng) => this.#loss(this.#teacher, batch, rng),
    };
    return [...this.#model.stages, distillation];
  }

  posterior(observed: Observation): Posterior {
    return this.#model.posterior(observed);
  }

  diagnostics(): ReturnType<Required<GenerativeModel>['diagnostics']> {
    return this.#model.diagnostics?.() ?? [];
  }

  reconstructions(batch: EventBatch, rng: Rng): ReturnType<Required<GenerativeModel>['reconstructions']> {
    return this.#model.reconstructions?.(batch, rng) ?? [];
  }
}
