import { readdirSync } from 'node:fs';
import { isUserError } from '@unfold-zoo/core';
import { systemErrorMessage } from '@unfold-zoo/core/files';
import { parse } from 'yaml';
import { z } from 'zod';
import type { RunSummary } from '../view/run-summary.js';
import type { FoundFolder } from './find-folders.js';
import { endInside, textInside } from './inside.js';

const choice = z.object({ kind: z.string() }).partial();
const config = z.object({
  name: z.string().optional(),
  model: choice.optional(),
  data: choice.optional(),
  training: z.object({ steps: z.number() }).partial().optional(),
});
const record = z.object({ type: z.string(), stage: z.string(), step: z.number(), loss: z.number().nullable() });
const state = z.object({ step: z.number(), finished: z.boolean(), elapsedSeconds: z.number() });
const distances = z.object({
  models: z
    .array(
      z.object({ report: z.object({ distances: z.object({ totals: z.array(z.object({ value: z.number() })) }) }) }),
    )
    .min(1),
});
const verdicts = z.object({ verdicts: z.array(z.object({ status: z.string() })) });

/** A log that was written to so few seconds ago belongs to a training that goes on. */
const QUIET_SECONDS = 60;

/**
 * What a list of runs says of one, by its files alone: nothing of it is loaded. What is wrong with a file is said in
 * place of its numbers.
 */
export function summariseRun({ id, name, path }: FoundFolder, now = Date.now()): RunSummary {
  const problems: string[] = [];
  const attempt = <T>(read: () => T | undefined): T | undefined => {
    try {
      return read();
    } catch (error) {
      problems.push(problemText(error));
      return undefined;
    }
  };
  const read = attempt(() => configOf(path));
  const log = attempt(() => endOfLog(path));
  const last = attempt(() => stateOf(path));
  const diagnosis = attempt(() => jsonOf(path, 'diagnosis/diagnosis.json', verdicts));
  const report = attempt(() => jsonOf(path, 'report/distances.json', distances));
  const step = log?.step ?? last?.step;
  const [seconds, distance] = [last?.elapsedSeconds, report?.models[0]?.report.distances.totals[0]?.value];
  return {
    id,
    name,
    label: read?.name ?? name,
    status: statusOf({ problems, isWritten: now - (log?.changed ?? 0) < 1000 * QUIET_SECONDS, last }),
    problem: problems.join('; '),
    draws: drawFiles(path).length,
    ...(read?.model?.kind !== undefined && { model: read.model.kind }),
    ...(read?.data?.kind !== undefined && { data: read.data.kind }),
    ...(step !== undefined && { step }),
    ...(read?.training?.steps !== undefined && { steps: read.training.steps }),
    ...(log?.loss !== undefined && { loss: log.loss }),
    ...(log?.validation !== undefined && { validation: log.validation }),
    ...(seconds !== undefined && { seconds }),
    ...(distance !== undefined && { distance }),
    ...(diagnosis && {
      verdicts: diagnosis.verdicts.length,
      bad: diagnosis.verdicts.filter(({ status }) => status === 'bad').length,
    }),
    ...(log && { changed: new Date(log.changed).toISOString() }),
  };
}

/** Letters of what a parser says. */
const MOST_LETTERS = 200;

/** What went wrong, in a sentence: one folder that somebody has spoilt does not hide the others. */
export function problemText(error: unknown): string {
  if (isUserError(error)) return error.message;
  const refused = systemErrorMessage(error);
  if (refused !== undefined) return refused;
  if (error instanceof z.ZodError) return `invalid file: ${z.prettifyError(error)}`;
  const message = error instanceof Error ? error.message : String(error);
  return `invalid file: ${message.split('\n', 1)[0]!.slice(0, MOST_LETTERS)}`;
}

function configOf(path: string) {
  const text = textInside(path, 'config.yaml');
  return config.parse(text === undefined ? {} : (parse(text) ?? {}));
}

function jsonOf<Schema extends z.ZodType>(path: string, file: string, schema: Schema): z.output<Schema> | undefined {
  const text = textInside(path, file, 64e6);
  return text === undefined ? undefined : schema.parse(JSON.parse(text));
}

/** The last step and the last validation in the end of the log. */
function endOfLog(path: string) {
  const end = endInside(path, 'metrics.jsonl');
  if (end === undefined) return undefined;
  const records = end.text.split('\n').flatMap(recordOf);
  const lastOf = (type: string) => records.findLast((each) => each.type === type);
  const [step, validation] = [lastOf('step'), lastOf('validation')];
  return {
    changed: end.changed,
    ...(step && { step: step.step }),
    ...(typeof step?.loss === 'number' && { loss: step.loss }),
    ...(typeof validation?.loss === 'number' && { validation: validation.loss }),
  };
}

// The first line of an end is cut, and so is the last while it is written.
function recordOf(line: string): z.output<typeof record>[] {
  try {
    return [record.parse(JSON.parse(line))];
  } catch {
    return [];
  }
}

/** Where the latest checkpoint stands; undefined without one. */
function stateOf(path: string) {
  const latest = textInside(path, 'checkpoints/latest')?.trim();
  return latest !== undefined && /^step-\d+$/.test(latest)
    ? jsonOf(path, `checkpoints/${latest}/state.json`, state)
    : undefined;
}

function statusOf(known: {
  readonly problems: readonly string[];
  readonly isWritten: boolean;
  readonly last: z.output<typeof state> | undefined;
}): RunSummary['status'] {
  const { problems, isWritten, last } = known;
  if (problems.length > 0) return 'broken';
  if (last?.finished) return 'trained';
  if (isWritten) return 'training';
  return last ? 'stopped' : 'untrained';
}

/** Names of the files of draws in the folder of a run. */
export function drawFiles(path: string): string[] {
  try {
    const names = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isFile());
    return names.map(({ name }) => name).filter((name) => /^(draws|diagnosis(-[\w-]+)?)\.h5$/.test(name));
  } catch {
    return [];
  }
}
