import type { Rng } from '@unfold-zoo/core';
import { EventRecorder } from './event-recorder.js';
import { EventSimulation, type GeneratorCounters, type TtbarModel, ttbarModel } from './event-simulation.js';
import { allocateEvents, type TtbarEvents } from './ttbar-events.js';

/**
 * Makes pp -> t tbar -> b l nu b q q' events at 13 TeV: leading order, a sketch of the parton shower, and a
 * parametrised detector and selection that follow the CMS card of Delphes. Truth is taken before radiation in the
 * decays, so it adds up: W = l + nu, t = b + W, pair = t + tbar. All events count the same.
 */
export class TtbarGenerator {
  readonly #simulation: EventSimulation;
  readonly #rng: Rng;

  /** Draws everything from `rng`. Pass a `model` to share it between generators. */
  constructor(rng: Rng, model: TtbarModel = ttbarModel()) {
    this.#rng = rng;
    this.#simulation = new EventSimulation(model, rng);
  }

  /** What became of all events so far. */
  get counters(): Readonly<GeneratorCounters> {
    return { ...this.#simulation.counters };
  }

  /** The next `count` events that pass the selection. */
  generate(count: number): TtbarEvents {
    const events = allocateEvents(count);
    const recorder = new EventRecorder(events);
    for (let i = 0; i < count; i++) {
      this.#simulation.next();
      const charge = this.#rng.uniform() < 0.5 ? 1 : -1;
      recorder.write(i, this.#simulation, charge);
    }
    return events;
  }
}
