import { type EventSource, type EventSpec, type HostEvents, UserError } from '@unfold-zoo/core';
import { alternatives } from '@unfold-zoo/core/config';
import { type EventScaling, KINEMATIC_QUANTITIES, type KinematicQuantity, readEvents } from '@unfold-zoo/core/events';
import { partonColumns, quantityColumn } from '@unfold-zoo/metrics';
import {
  type BruteForceReference,
  bruteForceReference,
  type FigureChoice,
  leptonAndMissing,
  type NeutrinoSolutions,
  neutrinoSolutions,
  posteriorChoices,
} from '@unfold-zoo/report';
import type { z } from 'zod';
import type { OnProgress } from '../progress/progress.js';
import type { comparePosteriorsOptions } from './compare-posteriors-options.js';

/** Everything about an event that does not come from a model. */
export interface EventUnderStudy {
  readonly spec: EventSpec;
  /** The one event. */
  readonly event: HostEvents;
  /** The quantities that are shown. */
  readonly choices: readonly FigureChoice[];
  /** For each choice, if the truth is known. */
  readonly truth: readonly number[] | undefined;
  readonly neutrino: NeutrinoSolutions | undefined;
  readonly reference: BruteForceReference | undefined;
}

/** What is shown of an event, and who is told while similar ones are looked for. */
export interface StudyOptions
  extends Pick<z.output<typeof comparePosteriorsOptions>, 'particles' | 'quantities' | 'reference'> {
  readonly onProgress?: OnProgress;
}

/** One event of the test split, by its number. @throws UserError for a number that no test event has. */
export async function readTestEvent(source: EventSource, number: number): Promise<HostEvents> {
  const events = source.count('test');
  if (events === 0)
    throw new UserError(
      (option) => `empty test split: there is no event to draw for; name a file as data.test with ${option('set')}`,
    );
  if (number >= events)
    throw new UserError(`invalid event ${number}: the test split has ${events} events, so expected 0 to ${events - 1}`);
  return readEvents(source, 'test', number, 1);
}

/** Studies an event: its truth, its neutrino by the W boson's mass, and similar training events. */
export async function studyEvent(
  source: EventSource,
  scaling: EventScaling,
  event: HostEvents,
  options: StudyOptions,
): Promise<EventUnderStudy> {
  const { spec } = source;
  const choices = chosen(spec, options);
  const columns = event.partons && partonColumns(spec, event.partons);
  const observed = leptonAndMissing(spec, event);
  const { onProgress } = options;
  const tell = (done: number, total: number): void => onProgress?.({ stage: 'reading', done, total, unit: 'events' });
  return {
    spec,
    event,
    choices,
    truth: columns && choices.map((choice) => quantityColumn(columns, choice)[0]!),
    neutrino: observed && neutrinoSolutions(observed),
    reference: options.reference
      ? await bruteForceReference({ source, scaling, event, choices, onProgress: tell })
      : undefined,
  };
}

/** What is asked for, or what matters most for the topology. */
function chosen(spec: EventSpec, { particles: asked, quantities: of }: StudyOptions): FigureChoice[] {
  const names = spec.particles.map(({ name }) => name);
  const particles = named('particle', asked, names).map((name) => names.indexOf(name));
  const quantities = named('quantity', of, KINEMATIC_QUANTITIES) as KinematicQuantity[];
  if (asked.length > 0 || of.length > 0)
    return particles.flatMap((each) => quantities.map((one) => ({ particle: each, quantity: one })));
  return posteriorChoices(spec);
}

const plural = { particle: 'particles', quantity: 'quantities' } as const;

/** The names asked for; all of them for none and for `all`. */
function named(what: 'particle' | 'quantity', asked: readonly string[], known: readonly string[]): readonly string[] {
  const unknown = asked.find((name) => name !== 'all' && !known.includes(name));
  if (unknown !== undefined)
    throw new UserError(`unknown ${what} ${unknown}${alternatives(unknown, plural[what], known)}`);
  return asked.length === 0 || asked.includes('all') ? known : [...new Set(asked)];
}

/**
 * @throws UserError where another run's data have another event under the number.
 */
export function checkSameEvent(event: HostEvents, other: HostEvents, run: string, first: string): void {
  const same = (a: Float32Array | undefined, b: Float32Array | undefined): boolean =>
    a?.length === b?.length && (!a || !b || a.every((value, i) => Object.is(value, b[i])));
  const inputs = Object.entries(event.inputs).every(([name, { features }]) =>
    same(features, other.inputs[name]?.features),
  );
  if (inputs && same(event.partons, other.partons)) return;
  throw new UserError(
    (option) =>
      `different events: test data of ${run} are not those of ${first}; give all the same data.test with ` +
      option('set'),
  );
}
