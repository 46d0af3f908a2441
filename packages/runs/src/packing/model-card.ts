import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type EventSpec, version } from '@unfold-zoo/core';
import type { Choice, Config } from '@unfold-zoo/core/config';
import { readJson } from '@unfold-zoo/core/files';
import type { TrainingState } from '@unfold-zoo/core/training';
import { markdownText } from '@unfold-zoo/report';
import { stringify } from 'yaml';
import { z } from 'zod';
import { wrapped } from '../configs/wrapped.js';
import { duration } from '../progress/duration.js';
import { RUN_FILE } from '../run/run-files.js';

/** What a model card tells of. */
export interface CardOf {
  /** Folder of the run, whose report and diagnosis it quotes. */
  readonly folder: string;
  readonly config: Config;
  readonly spec: EventSpec;
  readonly state: TrainingState;
  /** Numbers that are trained. */
  readonly parameters: number;
  readonly license: string | undefined;
}

/** Width of its paragraphs. */
const COLUMNS = 120;

/**
 * README.md of a packed model, with the front matter that model hubs read: what it is, how to draw with it, what it
 * was trained on, and what its report and its diagnosis found, where they were made.
 */
export function modelCard(of: CardOf): string {
  const { config, spec, license } = of;
  const name = config.name ?? kindOf(config.choices['model']);
  const particles = spec.particles.map(({ label }) => markdownText(label));
  const frontMatter = {
    ...(license !== undefined && { license }),
    library_name: 'unfold-zoo',
    tags: ['high-energy-physics', 'unfolding', kindOf(config.choices['model'])],
  };
  return [
    `---\n${stringify(frontMatter)}---`,
    `# ${markdownText(name)}`,
    `Draws what happened in a collision from what a detector saw of it: posteriors of ${particles.length} particles ` +
      `of the topology \`${spec.name}\` (${particles.join(', ')}).`,
    '## Use',
    '```sh\nnpx unfold inspect .          # what it was trained on, and how\n' +
      `npx unfold sample . --draws 100 --set ${eventsOf(of)} --out draws.h5\n\`\`\``,
    `Events must be of the kind that it was trained on${hasTopology(of) ? ': the topology is beside this file' : ''}.` +
      ' `unfold sample` warns of events that look otherwise.',
    '## Training',
    listOf(training(of)),
    '## What is known of its draws',
    ...findings(of.folder),
    '## Limits',
    'A posterior holds for events of the simulation that it was trained on, and for others as far as that ' +
      'simulation describes them. Its truth is the prior: to measure a spectrum, take the prior out with ' +
      '`unfold measure`. It has the weights alone: `unfold train <config> --from .` starts another training from them.',
    license === undefined ? '' : `## License\n${markdownText(license)}`,
  ]
    .filter((part) => part !== '')
    .map((part) => (/^[A-Z]/.test(part) ? wrapped(part, COLUMNS).join('\n') : part))
    .join('\n\n')
    .concat('\n');
}

/** A run has the topology of its files; events that are made have one that comes along. */
function hasTopology({ folder }: CardOf): boolean {
  return existsSync(join(folder, RUN_FILE.topology));
}

/** How a user names their own events. */
function eventsOf(of: CardOf): string {
  return hasTopology(of) ? 'data.test=your-events.h5' : "'data={kind: hdf5, test: your-events.h5}'";
}

function training({ config, state, parameters }: CardOf): string[] {
  const { training, seed } = config;
  return [
    `model \`${kindOf(config.choices['model'])}\`, ${parameters.toLocaleString('en')} parameters, ` +
      `unfold-zoo ${version}`,
    `data \`${kindOf(config.choices['data'])}\`, described in config.yaml`,
    `${state.step.toLocaleString('en')} steps of ${training.batchSize} events in ${duration(state.elapsedSeconds)}, ` +
      `seed ${seed}`,
  ];
}

const report = z.object({
  models: z.array(
    z.object({
      report: z.object({
        metrics: z.array(z.string()),
        distances: z.object({ totals: z.array(z.object({ value: z.number(), error: z.number().optional() })) }),
      }),
    }),
  ),
});

const diagnosis = z.object({
  events: z.number(),
  draws: z.number(),
  verdicts: z.array(z.object({ diagnostic: z.string(), status: z.string(), badness: z.number() })),
});

function findings(folder: string): string[] {
  const found = [...distancesOf(folder), ...calibrationOf(folder)];
  return found.length > 0 ? [listOf(found)] : ['Nothing: neither `unfold evaluate` nor `unfold diagnose` was run.'];
}

function distancesOf(folder: string): string[] {
  const path = join(folder, RUN_FILE.report, 'distances.json');
  if (!existsSync(path)) return [];
  const [model] = readJson(path, report, 'the distances of a report').models;
  return (model?.report.metrics ?? []).map((metric, i) => {
    const { value, error } = model!.report.distances.totals[i]!;
    const uncertain = error === undefined ? '' : ` ± ${error.toPrecision(2)}`;
    return `distance of all draws to the truth, ${markdownText(metric)}: ${value.toPrecision(4)}${uncertain}`;
  });
}

function calibrationOf(folder: string): string[] {
  const path = join(folder, RUN_FILE.diagnosis, 'diagnosis.json');
  if (!existsSync(path)) return [];
  const { events, draws, verdicts } = readJson(path, diagnosis, 'a diagnosis');
  const ofQuantities = verdicts.filter(({ diagnostic }) => diagnostic === 'calibration');
  const good = ofQuantities.filter(({ status }) => status === 'good').length;
  const badness = ofQuantities.reduce((sum, each) => sum + each.badness, 0) / Math.max(1, ofQuantities.length);
  return [
    `calibration: ${good} of ${ofQuantities.length} quantities have right posteriors, mean badness ` +
      `${badness.toFixed(3)} (${draws} draws for each of ${events.toLocaleString('en')} events)`,
  ];
}

function listOf(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join('\n');
}

function kindOf(choice: unknown): string {
  return (choice as Choice).kind;
}
