import { EventSource, type Split, UserError } from '@unfold-zoo/core';
import { type Choice, topologiesOf } from '@unfold-zoo/core/config';
import { type FilePaths, fileOptions, Hdf5Source } from '@unfold-zoo/data';
import { layoutOf } from './event-layout.js';
import type { MeasurementPlan } from './measurement-plan.js';

/** An open sample, and which of its events are taken. */
export interface OpenSample {
  /** As the measurement file calls it: `simulation`, `backgrounds.w_jets.events`. */
  readonly key: string;
  readonly source: EventSource;
  readonly split: Split;
  /** What its weights are multiplied by; negative for a background. */
  readonly scale: number;
}

/** A systematic error: the simulation as it would be. */
export interface OpenVariation {
  readonly name: string;
  readonly up: OpenSample;
  readonly down: OpenSample | undefined;
}

/** All samples of a measurement. */
export interface OpenSamples {
  readonly simulation: OpenSample;
  readonly data: OpenSample;
  readonly backgrounds: readonly OpenSample[];
  readonly variations: readonly OpenVariation[];
  /** Each of them once, in the order in which they are read. */
  readonly all: readonly OpenSample[];
}

/** What a measurement file gives for a sample: files, or a source as `data` of a run. */
type Sample = FilePaths | Choice;

/** A sample that is to be opened. */
interface WantedSample {
  readonly key: string;
  readonly sample: Sample;
  readonly split: Split;
  readonly scale: number;
  readonly needsTruth: boolean;
}

/**
 * Opens the samples of a measurement. Whoever opens them closes their sources.
 * @throws UserError for events that cannot be read, a simulation without truth, and samples of different topologies.
 */
export async function openSamples(plan: MeasurementPlan): Promise<OpenSamples> {
  const { simulation, simulationScale, data, backgrounds, systematics } = plan.keys;
  const simulated = (key: string, sample: unknown, scale = simulationScale): WantedSample => {
    return { key, sample: sample as Sample, split: 'train', scale, needsTruth: true };
  };
  const measured = (key: string, sample: unknown, scale: number): WantedSample => {
    return { key, sample: sample as Sample, split: 'test', scale, needsTruth: false };
  };
  const all: OpenSample[] = [];
  const open = async (wanted: WantedSample): Promise<OpenSample> => {
    const opened = await openSample(plan, wanted);
    all.push(opened);
    if (layoutOf(opened.source.spec) !== layoutOf(all[0]!.source.spec)) {
      const { name } = opened.source.spec;
      throw new UserError(`invalid ${wanted.key}: its topology, ${name}, has other names than that of simulation`);
    }
    return opened;
  };
  try {
    const opened = {
      simulation: await open(simulated('simulation', simulation)),
      data: await open(measured('data', data, 1)),
      backgrounds: [] as OpenSample[],
      variations: [] as OpenVariation[],
    };
    for (const [name, { events, scale }] of Object.entries(backgrounds))
      opened.backgrounds.push(await open(measured(`backgrounds.${name}.events`, events, -scale)));
    for (const [name, { up, down, scale }] of Object.entries(systematics))
      opened.variations.push({
        name,
        up: await open(simulated(`systematics.${name}.up`, up, scale)),
        down: down === undefined ? undefined : await open(simulated(`systematics.${name}.down`, down, scale)),
      });
    return { ...opened, all };
  } catch (error) {
    await closeSamples(all);
    throw error;
  }
}

/** Closes the sources of samples. */
export async function closeSamples(samples: readonly OpenSample[]): Promise<void> {
  for (const { source } of samples) await source.close();
}

async function openSample(plan: MeasurementPlan, wanted: WantedSample): Promise<OpenSample> {
  const { key, sample, scale, needsTruth } = wanted;
  const isFiles = typeof sample === 'string' || Array.isArray(sample);
  const source = isFiles ? ofFiles(plan, sample as FilePaths, !needsTruth) : ofChoice(plan, sample as Choice);
  await source.open();
  const split = isFiles ? 'train' : wanted.split;
  try {
    if (source.count(split) === 0) throw new UserError(`invalid ${key}: it has no events of the ${split} split`);
    if (needsTruth && !source.hasTruth(split))
      throw new UserError(`missing truth: the events of ${key} have none; take simulated events`);
  } catch (error) {
    await source.close();
    throw error;
  }
  return { key, source, split, scale };
}

/** All events of files are training events, as far as their source knows. */
function ofFiles({ keys, plugins }: MeasurementPlan, train: FilePaths, truthOptional: boolean): EventSource {
  const { topology, topologyFile } = keys;
  const options = { topology, train, validationFraction: 0, split: 'tail', ...(topologyFile && { topologyFile }) };
  return new Hdf5Source(fileOptions.parse(options), topologiesOf(plugins), { truthOptional });
}

function ofChoice({ catalogue, rng }: MeasurementPlan, choice: Choice): EventSource {
  return catalogue.assemble(EventSource, { [EventSource.key]: choice }, rng.fork('init'));
}
