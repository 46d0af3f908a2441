import { LEFT_OVER } from '@unfold-zoo/core/files';
import type { FolderContent } from '../writing/owned-files.js';
import { LOCK_FILE, lockFileOf } from '../writing/write-lock.js';

/** Names of the files of a run. */
export const RUN_FILE = {
  /** Says that the folder is a run's, and what it was trained with. */
  marker: 'run.json',
  config: 'config.yaml',
  topology: 'topology.yaml',
  scaling: 'scaling.json',
  draws: 'draws.h5',
  report: 'report',
  /** Many draws for each of some events, and what a diagnosis found in them. */
  diagnosisDraws: 'diagnosis.h5',
  diagnosis: 'diagnosis',
  /** The model as it is exported. */
  onnx: 'onnx',
} as const;

const checkpoint: FolderContent = {
  files: /^((weights|optimizer|average)\.safetensors|state\.json|SHA256SUMS)$/,
};

const checkpoints: FolderContent = {
  files: /^(latest|best)$/,
  folders: [[/^(step-\d+(\.replaced)?|\.step-\d+\.tmp-\d+)$/, checkpoint]],
};

const report: FolderContent = {
  files: /^(index\.html|tables\.md|distances\.(csv|json))$/,
  folders: [[/^figures$/, { files: /\.(svg|png)$/ }]],
};

const diagnosis: FolderContent = {
  files: /^(index\.html|tables\.md|diagnosis\.json)$/,
  folders: [[/^figures$/, { files: /\.(svg|png)$/ }]],
};

const posteriors: FolderContent = {
  files: /^\.event-\d+\.lock$/,
  folders: [[/^event-\d+$/, { files: /^(summary\.(json|txt)|[\w.-]+\.(svg|png))$/ }]],
};

/** What a training writes beside its checkpoints, under names that do not change. */
const TRAINING_FILES: readonly string[] = [
  RUN_FILE.marker,
  RUN_FILE.config,
  RUN_FILE.topology,
  RUN_FILE.scaling,
  'metrics.jsonl',
  'benchmark.json',
];

/** Locks that may be held in the folder of a run. */
export const RUN_LOCKS: readonly string[] = [
  LOCK_FILE,
  ...[RUN_FILE.draws, RUN_FILE.report, RUN_FILE.diagnosisDraws, RUN_FILE.diagnosis, RUN_FILE.onnx].map(lockFileOf),
];

function oneOf(names: readonly string[]): string {
  return names.map((name) => name.replaceAll('.', '\\.')).join('|');
}

/** What a training leaves half written if it is killed, checkpoints aside. */
export const TRAINING_CONTENT: FolderContent = { files: new RegExp(`^(${oneOf(TRAINING_FILES)})$`) };

/** Everything that the product writes into the folder of a run. */
export const RUN_CONTENT: FolderContent = {
  files: new RegExp(
    `^(${oneOf([...TRAINING_FILES, ...RUN_LOCKS, RUN_FILE.draws, RUN_FILE.diagnosisDraws])}|run(\\.rank-\\d+)?\\.log)$`,
  ),
  folders: [
    [/^checkpoints$/, checkpoints],
    [/^tensorboard$/, { files: /^events\.out\.tfevents\.\d+\.\d+\.step-\d+$/ }],
    [/^(draws|diagnosis)\.h5\.parts$/, { files: /^(manifest\.json|events-\d+-\d+\.part)$/ }],
    [/^report$/, report],
    [/^diagnosis$/, diagnosis],
    [/^posterior$/, posteriors],
    [/^onnx$/, { files: /^[a-z-]+\.onnx$/ }],
  ],
};

/** Whether a folder that holds these names alone is that of a run which was killed before it had a config. */
export function isBarelyBegun(names: readonly string[]): boolean {
  const begun: readonly string[] = [RUN_FILE.marker, RUN_FILE.topology, ...RUN_LOCKS];
  const halfWritten: readonly string[] = [...begun, RUN_FILE.config];
  return names.every(
    (name) => begun.includes(name) || (LEFT_OVER.test(name) && halfWritten.includes(name.replace(LEFT_OVER, ''))),
  );
}
