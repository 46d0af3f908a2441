import { type EventSpec, type HostEvents, UserError } from '@unfold-zoo/core';
import { readEvents } from '@unfold-zoo/core/events';
import { decodeObservedEvent, encodeObservedEvents, type ObservedEvent } from '@unfold-zoo/data';
import { matchParticles, type ObjectKind, particleColumns, seenParticles } from '@unfold-zoo/diagnostics';
import { type Kinematics, kinematics, partonColumns, quantityColumn } from '@unfold-zoo/metrics';
import type { NeutrinoSolutions } from '@unfold-zoo/report';
import { type ParticleKinematics, type Run, readTestEvent, studyEvent } from '@unfold-zoo/runs';
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
  readonly seed: number;
  /** Keys of the quantities that are asked for. */
  readonly quantities: readonly string[];
  readonly signal: AbortSignal;
}

/** Draws whose particles are shown as points. */
const CLOUD = 200;

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
  const kept = finiteDraws(particles, draws);
  const values = quantities.map((key): [string, number[]] => {
    const { particle, quantity } = choiceOf(spec, key);
    return [key, kept.map((draw) => particles[spec.particles[particle]!.name]![quantity][draw]!)];
  });
  return {
    draws,
    notFinite: draws - kept.length,
    values: Object.fromEntries(values),
    readings: kept.length === 0 ? {} : await readingsOf(run, seen, means(spec, particles, kept), quantities),
    cloud: finalParticles(spec).map((particle) => cloudOf(spec, particles, particle, kept.slice(0, CLOUD))),
  };
}

async function drawnParticles(
  run: Run,
  observed: ObservedEvent | undefined,
  { event, draws, seed, signal }: PosteriorRequest,
): Promise<ParticleKinematics> {
  if (observed) return (await run.posterior([observed], { draws, seed, signal })).events[0]!.particles;
  const one = { split: 'test', start: event, events: 1, draws, seed, signal } as const;
  for await (const { particles } of run.draw(one)) return particles;
  throw new UserError(`missing event ${event}: the test split does not have it`);
}

/** Numbers of the draws all of whose momenta are finite. */
function finiteDraws(particles: ParticleKinematics, draws: number): number[] {
  const all = Object.values(particles);
  const hasNumbers = (draw: number): boolean =>
    all.every(({ mass, energy, px, py, pz }) =>
      [mass, energy, px, py, pz].every((column) => Number.isFinite(column[draw])),
    );
  return Array.from({ length: draws }, (_, draw) => draw).filter(hasNumbers);
}

/** The mean momentum of each particle as one row. */
function means({ particles: list }: EventSpec, particles: ParticleKinematics, kept: readonly number[]): Kinematics[] {
  return list.map(({ name }) => {
    const drawn = particles[name]!;
    const mean = (column: Float64Array): Float64Array =>
      Float64Array.of(kept.reduce((sum, draw) => sum + column[draw]!, 0) / kept.length);
    const [mass, energy, px, py, pz] = (['mass', 'energy', 'px', 'py', 'pz'] as const).map((each) => mean(drawn[each]));
    return kinematics({ mass: mass!, energy: energy!, px: px!, py: py!, pz: pz! });
  });
}

/** Events by which it is decided what the detector sees a particle as. */
const MATCHED_EVENTS = 512;
const kindsOf = new WeakMap<Run, (ObjectKind | undefined)[]>();

/** What the detector reads of quantities, by key, where it sees their particle. */
async function readingsOf(
  run: Run,
  seen: HostEvents,
  particles: readonly Kinematics[],
  quantities: readonly string[],
): Promise<Record<string, number>> {
  const { spec } = run;
  const known = kindsOf.get(run) ?? (await matchedKinds(run));
  kindsOf.set(run, known);
  const found = seenParticles(spec, seen, known, particles);
  const readings = quantities.flatMap((key): [string, number][] => {
    const { particle, quantity } = choiceOf(spec, key);
    const reading = found[particle]?.[0]?.[quantity];
    return reading === undefined ? [] : [[key, reading]];
  });
  return Object.fromEntries(readings);
}

async function matchedKinds(run: Run): Promise<(ObjectKind | undefined)[]> {
  const source = await run.source();
  const split = (['train', 'test'] as const).find((each) => source.count(each) > 0 && source.hasTruth(each));
  if (!split) return run.spec.particles.map(() => undefined);
  const events = await readEvents(source, split, 0, Math.min(MATCHED_EVENTS, source.count(split)));
  return matchParticles(run.spec, events);
}

/** Indices of the particles that decay to no other. */
function finalParticles({ particles }: EventSpec): number[] {
  return [...particles.keys()].filter((particle) => particles[particle]!.decaysTo === undefined);
}

function cloudOf(
  { particles: list }: EventSpec,
  particles: ParticleKinematics,
  particle: number,
  kept: readonly number[],
): DrawnParticle {
  const { name, label } = list[particle]!;
  const { pt, eta, phi } = particles[name]!;
  const pick = (column: Float64Array): number[] => kept.map((draw) => column[draw]!);
  return { name, label, pt: pick(pt), eta: pick(eta), phi: pick(phi) };
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
