import { type EventSpec, type HostEvents, UserError } from '@unfold-zoo/core';
import { readEvents } from '@unfold-zoo/core/events';
import { decodeObservedEvent, encodeObservedEvents, type ObservedEvent } from '@unfold-zoo/data';
import { matchParticles, type ObjectKind, particleColumns } from '@unfold-zoo/diagnostics';
import { type ParticleKinematics, partonColumns, quantityColumn } from '@unfold-zoo/metrics';
import type { NeutrinoSolutions } from '@unfold-zoo/report';
import { type Run, readTestEvent, studyEvent } from '@unfold-zoo/runs';
import { finalParticles, posteriorView } from '../exported/posterior-view.js';
import type { DrawnParticle, EventsView, EventView, PosteriorView, ReferenceView } from '../view/event-view.js';
import { detectorObjects } from './detector-objects.js';
import { choiceOf, keyOf, quantityViews, shownKeys } from './quantities.js';

/** What the events of a run are. @throws UserError for data that cannot be read. */
export async function describeEvents(run: Run): Promise<EventsView> {
  const { spec } = run;
  const about = { topology: spec.name, quantities: quantityViews(spec), shown: shownKeys(spec) };
  const source = await run.source();
  return { ...about, events: source.count('test'), hasTruth: source.hasTruth('test') };
}

/** One test event. @throws UserError for a number that no test event has. */
export async function viewEvent(run: Run, event: number): Promise<EventView> {
  const { spec, topology } = run;
  const source = await run.source();
  const host = await readTestEvent(source, event);
  const observed = topology && decodeObservedEvent(topology, host, 0);
  const study = run.isTrained ? await studyEvent(source, run.scaling, host, everyQuantity) : undefined;
  const { partons } = host;
  const columns = partons && partonColumns(spec, partons);
  return {
    event,
    objects: detectorObjects(spec, host, { topology, observed }),
    ...(observed && { observed }),
    ...(columns && {
      truth: Object.fromEntries(
        particleColumns(spec).map((choice) => [keyOf(spec, choice), quantityColumn(columns, choice)[0]!]),
      ),
      trueParticles: finalParticles(spec).map((particle) => trueParticle(spec, host, particle)),
    }),
    solutions: solutionsOf(spec, study?.neutrino),
  };
}

const everyQuantity = { particles: ['all'], quantities: ['all'], reference: false };

function solutionsOf({ neutrinoOfW }: EventSpec, solutions: NeutrinoSolutions | undefined): EventView['solutions'] {
  if (!neutrinoOfW || !solutions) return {};
  const { particle } = neutrinoOfW;
  return { [`${particle}.pz`]: solutions.pz, [`${particle}.eta`]: solutions.eta };
}

/** What is drawn for an event. */
export interface PosteriorRequest {
  /** In the test split. */
  readonly event: number;
  /** In place of what the detector saw of it. */
  readonly changed?: ObservedEvent | undefined;
  readonly draws: number;
  /** Number of the first of them. */
  readonly first: number;
  readonly seed: number;
  /** Keys of the quantities that are asked for. */
  readonly quantities: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * Draws for a test event, or for what it is changed to. The same random numbers are used for both where the event can
 * be changed, so that what differs is what the change does.
 */
export async function drawPosterior(run: Run, request: PosteriorRequest): Promise<PosteriorView> {
  const { spec, topology } = run;
  const { event, draws, quantities } = request;
  const host = await readTestEvent(await run.source(), event);
  const observed = request.changed ?? (topology && decodeObservedEvent(topology, host, 0));
  const seen = observed && topology ? encodeObservedEvents(topology, [observed]) : host;
  const particles = await drawnParticles(run, observed, request);
  return posteriorView({ spec, seen, kinds: await kindsOf(run), particles, draws, quantities });
}

async function drawnParticles(
  run: Run,
  observed: ObservedEvent | undefined,
  { event, draws, first, seed, signal }: PosteriorRequest,
): Promise<ParticleKinematics> {
  if (observed)
    return (await run.posterior([observed], { draws, firstDraw: first, seed, signal })).events[0]!.particles;
  const one = { split: 'test', start: event, events: 1, draws, firstDraw: first, seed, signal } as const;
  for await (const { particles } of run.draw(one)) return particles;
  throw new UserError(`missing event ${event}: the test split does not have it`);
}

/** Events by which it is decided what the detector sees a particle as. */
const MATCHED_EVENTS = 512;
const knownKinds = new WeakMap<Run, readonly (ObjectKind | undefined)[]>();

/** What the detector sees each particle as, by training events. */
export async function kindsOf(run: Run): Promise<readonly (ObjectKind | undefined)[]> {
  const known = knownKinds.get(run) ?? (await matchedKinds(run));
  knownKinds.set(run, known);
  return known;
}

async function matchedKinds(run: Run): Promise<(ObjectKind | undefined)[]> {
  const source = await run.source();
  const split = (['train', 'test'] as const).find((each) => source.count(each) > 0 && source.hasTruth(each));
  if (!split) return run.spec.particles.map(() => undefined);
  const events = await readEvents(source, split, 0, Math.min(MATCHED_EVENTS, source.count(split)));
  return matchParticles(run.spec, events);
}

function trueParticle(spec: EventSpec, { partons }: HostEvents, particle: number): DrawnParticle {
  const columns = partonColumns(spec, partons!);
  const one = (quantity: 'pt' | 'eta' | 'phi'): number[] => [quantityColumn(columns, { particle, quantity })[0]!];
  const { name, label } = spec.particles[particle]!;
  return { name, label, pt: one('pt'), eta: one('eta'), phi: one('phi') };
}

/** Of similar events, those with the least weight are left out. */
const [MOST_SIMILAR, SHARE] = [10_000, 0.999];

/** Training events that are like a test event: the brute-force posterior. */
export async function viewReference(run: Run, event: number, quantities: readonly string[]): Promise<ReferenceView> {
  const { spec } = run;
  const source = await run.source();
  const host = await readTestEvent(source, event);
  const wanted = quantities.map((key) => choiceOf(spec, key));
  const particles = [...new Set(wanted.map(({ particle }) => spec.particles[particle]!.name))];
  const names = [...new Set(wanted.map(({ quantity }) => quantity))];
  const study = await studyEvent(source, run.scaling, host, { particles, quantities: names, reference: true });
  const { weights, values, events, effectiveEvents } = study.reference!;
  const order = [...weights.keys()].sort((a, b) => weights[b]! - weights[a]!).slice(0, MOST_SIMILAR);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let [sum, count] = [0, 0];
  while (count < order.length && sum < SHARE * total) sum += weights[order[count++]!]!;
  const kept = order.slice(0, count);
  const columns = study.choices.map((choice, i): [string, number[]] => [
    keyOf(spec, choice),
    kept.map((row) => values[i]![row]!),
  ]);
  return {
    events,
    effectiveEvents,
    share: sum / total,
    weights: kept.map((row) => weights[row]!),
    values: Object.fromEntries(columns.filter(([key]) => quantities.includes(key))),
  };
}
