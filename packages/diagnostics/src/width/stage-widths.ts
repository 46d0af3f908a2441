import type { EventSpec, HostEvents } from '@unfold-zoo/core';
import type { KinematicQuantity } from '@unfold-zoo/core/events';
import type { Figure, Findings, Table } from '@unfold-zoo/core/findings';
import { type Curve, curvePanels } from '../drawing/curve-panels.js';
import { modelColumns } from '../drawing/number-text.js';
import { kinematicsOfAll, symbolOf } from '../draws/quantity-blocks.js';
import type { ObjectKind } from '../resolution/detector-readings.js';
import { matchParticles, seenParticles, trueKinematics } from '../resolution/match-particles.js';
import { QuantileSketch } from '../statistics/quantile-sketch.js';

/** What partons have gone through. */
export interface PassedStage {
  readonly stage: string;
  /** Time in [0, 1] up to which noise was added, where it was. */
  readonly time?: number;
}

/** Momenta whose widths are told. py is as px. */
const QUANTITIES = ['px', 'pz', 'pt'] as const satisfies readonly KinematicQuantity[];

/** What the detector reads, as the first of the stages. */
const DETECTOR = 'detector';
/** Draws of the model as it is sampled, as the last. */
export const FULL_DRAWS = 'full draws';

/** Errors of one stage: a sketch for each particle and each of the quantities. */
type StageErrors = readonly Readonly<Record<(typeof QUANTITIES)[number], QuantileSketch>>[];

/**
 * How far true momenta are off after each stage of a model, block by block: where draws lose the precision that the
 * detector has.
 */
export class StageWidths {
  readonly #spec: EventSpec;
  readonly #kinds: readonly (ObjectKind | undefined)[];
  readonly #stages = new Map<string, { readonly time?: number; readonly errors: StageErrors }>();

  /** `events`: from which is found what the detector sees each particle as. */
  constructor(spec: EventSpec, events: HostEvents) {
    this.#spec = spec;
    this.#kinds = matchParticles(spec, events);
  }

  /** `partons`: row-major [n, each, P] in physical units, of the n events after a stage. */
  add({ stage, time }: PassedStage, events: HostEvents, partons: ArrayLike<number>): void {
    const errors = this.#errorsOf(stage, time);
    const truth = trueKinematics(this.#spec, events);
    for (const [particle, passed] of kinematicsOfAll(this.#spec, Float64Array.from(partons)).entries()) {
      const each = passed.pt.length / events.size;
      for (const quantity of QUANTITIES)
        for (let row = 0; row < passed.pt.length; row++) {
          const event = Math.floor(row / each);
          const error = passed[quantity][row]! - truth[particle]![quantity][event]!;
          errors[particle]![quantity].add(error, events.weights?.[event]);
        }
    }
  }

  /** What the detector itself reads of the events. */
  addDetector(events: HostEvents): void {
    const errors = this.#errorsOf(DETECTOR);
    const truth = trueKinematics(this.#spec, events);
    for (const [particle, found] of seenParticles(this.#spec, events, this.#kinds, truth).entries())
      for (const [event, reading] of found?.entries() ?? [])
        for (const quantity of QUANTITIES)
          if (reading?.[quantity] !== undefined) {
            const error = reading[quantity] - truth[particle]![quantity][event]!;
            errors[particle]![quantity].add(error, events.weights?.[event]);
          }
  }

  #errorsOf(stage: string, time?: number): StageErrors {
    const known = this.#stages.get(stage);
    if (known) return known.errors;
    const errors = this.#spec.particles.map(() => ({
      px: new QuantileSketch(),
      pz: new QuantileSketch(),
      pt: new QuantileSketch(),
    }));
    this.#stages.set(stage, { errors, ...(time !== undefined && { time }) });
    return errors;
  }

  /** A table of each quantity, stage by stage, and a figure. */
  findings(): Required<Findings> {
    return { tables: QUANTITIES.map((quantity) => this.#table(quantity)), figures: [this.#figure()], verdicts: [] };
  }

  #table(quantity: (typeof QUANTITIES)[number]): Table {
    const symbol = symbolOf(quantity);
    return {
      title: `Where the width comes from: ${symbol} [GeV]`,
      heading: 'After',
      columns: modelColumns(...this.#spec.particles.map(({ label }) => label)),
      rows: [...this.#stages].map(([stage, { errors }]) => ({
        label: stage,
        origin: 'model',
        cells: errors.map((sketches) => widthText(sketches[quantity])),
      })),
      notes: [
        `Half of the central 68.3 % of ${symbol} less the true ${symbol}, after true partons have gone through that ` +
          'part of the model alone and back.',
        'What is wider than the detector in a line costs the precision that the detector has, whatever else is right.',
      ],
    };
  }

  #figure(): Figure {
    const timed = [...this.#stages.values()].flatMap(({ time, errors }) =>
      time === undefined ? [] : [{ time, errors }],
    );
    const constant = (style: number, stage: string, particle: number): Curve[] => {
      const width = this.#stages.get(stage)?.errors[particle]?.px.coreWidth().value ?? Number.NaN;
      return Number.isFinite(width) ? [{ style, x: [0, 1], y: [width, width] }] : [];
    };
    const panels = this.#spec.particles.map(({ label }, particle) => ({
      title: `${label} px [GeV]`,
      curves: [
        ...(timed.length > 0
          ? [
              {
                style: 0,
                x: timed.map(({ time }) => time),
                y: timed.map(({ errors }) => errors[particle]!.px.coreWidth().value),
              },
            ]
          : []),
        ...constant(1, 'codec, drawn latent', particle),
        ...constant(2, DETECTOR, particle),
        ...constant(3, FULL_DRAWS, particle),
      ],
    }));
    const title = 'Where the width comes from';
    return {
      name: 'width',
      title,
      caption:
        'Width of the errors of px when true partons are noised up to a time and denoised again, beside what the ' +
        'codec alone, the detector and full draws have. Where the curve is flat, denoising keeps what the noise has ' +
        'left; at its left end it shows what the end of the chain costs. It should fall below the detector.',
      svg: curvePanels({
        title,
        note: '',
        labels: ['noised and denoised', 'codec, drawn latent', DETECTOR, FULL_DRAWS],
        panels,
        x: [0, 1],
        xTitle: 'Time t',
        yTitle: 'Core width of errors',
        axes: 'own',
      }),
    };
  }
}

function widthText(sketch: QuantileSketch): string {
  const { value } = sketch.coreWidth();
  if (!Number.isFinite(value)) return '';
  return value.toPrecision(3);
}
