import { EventSource, type Split, UserError } from '@unfold-zoo/core';
import { type Choice, topologiesOf } from '@unfold-zoo/core/config';
import { type FilePaths, Hdf5Source, hdf5Options } from '@unfold-zoo/data';
import { layoutOf } from './event-layout.js';
import type { MeasurementPlan } from './measurement-plan.js';

/** An open sample, and which of its events are taken. */
export interface OpenSample {
  /** As the measurement file calls it: `simulation`, `backgrounds.w_jets.events`. */
  readonly key: string;
  readonly source: EventSource;
  readonly split: Split;
}

/** What a measurement file gives for a sample: files, or a source as `data` of a run. */
type Sample = FilePaths | Choice;

/**
 * Opens the samples of a measurement: the simulation first, the data second, then the backgrounds. Whoever opens them
 * closes their sources.
 * @throws UserError for events that cannot be read, a simulation without truth, and samples of different topologies.
 */
export async function openSamples(plan: MeasurementPlan): Promise<readonly OpenSample[]> {
  const { simulation, data, backgrounds } = plan.keys;
  const wanted: [key: string, sample: Sample, split: Split][] = [
    ['simulation', simulation as Sample, 'train'],
    ['data', data as Sample, 'test'],
    ...Object.entries(backgrounds).map(([name, { events }]): [string, Sample, Split] => [
      `backgrounds.${name}.events`,
      events as Sample,
      'test',
    ]),
  ];
  const opened: OpenSample[] = [];
  try {
    for (const [key, sample, split] of wanted) opened.push(await openSample(plan, key, sample, split));
    checkSamples(opened);
    return opened;
  } catch (error) {
    await closeSamples(opened);
    throw error;
  }
}

/** Closes the sources of samples. */
export async function closeSamples(samples: readonly OpenSample[]): Promise<void> {
  for (const { source } of samples) await source.close();
}

async function openSample(plan: MeasurementPlan, key: string, sample: Sample, split: Split): Promise<OpenSample> {
  const isFiles = typeof sample === 'string' || Array.isArray(sample);
  const source = isFiles ? ofFiles(plan, sample as FilePaths, key !== 'simulation') : ofChoice(plan, sample as Choice);
  await source.open();
  return { key, source, split: isFiles ? 'train' : split };
}

/** All events of files are training events, as far as their source knows. */
function ofFiles({ keys, plugins }: MeasurementPlan, train: FilePaths, truthOptional: boolean): EventSource {
  const { topology, topologyFile } = keys;
  const options = { topology, train, validationFraction: 0, split: 'tail', ...(topologyFile && { topologyFile }) };
  return new Hdf5Source(hdf5Options.parse(options), topologiesOf(plugins), { truthOptional });
}

function ofChoice({ catalogue, rng }: MeasurementPlan, choice: Choice): EventSource {
  return catalogue.assemble(EventSource, { [EventSource.key]: choice }, rng.fork('init'));
}

function checkSamples(samples: readonly OpenSample[]): void {
  const [simulation] = samples;
  for (const { key, source, split } of samples) {
    if (source.count(split) === 0) throw new UserError(`invalid ${key}: it has no events of the ${split} split`);
    if (layoutOf(source.spec) === layoutOf(simulation!.source.spec)) continue;
    throw new UserError(`invalid ${key}: its topology, ${source.spec.name}, has other names than that of simulation`);
  }
  if (simulation!.source.hasTruth(simulation!.split)) return;
  throw new UserError('missing truth: the events of simulation have none; take simulated events');
}
