import { isDeepStrictEqual } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import type { RepeatedStep, StepInputs, StepRecording, StepRepeater } from '@unfold-zoo/core/training';
import { BACKEND, type NativeBackend } from '../native-backend.js';
import { Recording } from './recording.js';
import { type RecordedStep, RepeatableStep } from './repeatable-step.js';

/** Sets of shapes for which steps are known, at most: a recording is as large as the JavaScript that it saves. */
const MOST_KNOWN = 64;

/** Recordings that differ, after which a step is given up: the first may do things that are done but once. */
const MOST_TRIES = 4;

/** Repetitions after which a step is run once more, to see whether it is still what was recorded. */
const TRUSTED = 256;

/** A recording that waits for one that is alike. */
interface Candidate {
  readonly last: RecordedStep;
  readonly tries: number;
  /** What was repeated before. */
  readonly was?: RecordedStep;
}

/** A step that is repeated. */
interface Repeatable {
  readonly step: RepeatableStep;
  readonly recorded: RecordedStep;
  repetitions: number;
}

/** What is known of the steps of one owner with the same shapes. */
type Known = Candidate | Repeatable | 'unusual';

/** Repeats steps as calls of the addon. */
export class NativeStepRepeater implements StepRepeater {
  readonly #known = new WeakMap<object, Map<string, Known>>();

  repeat({ of, tensors, rng }: StepInputs): RepeatedStep | undefined {
    const [own, key] = [this.#knownOf(of), keyOf(tensors)];
    const known = own.get(key);
    if (!known || known === 'unusual' || 'last' in known) return undefined;
    const current = backend();
    if (!known.step.isValidOn(current)) {
      own.delete(key);
      return undefined;
    }
    if (++known.repetitions % TRUSTED === 0) return undefined;
    return known.step.run(arraysOf(current, tensors), rng);
  }

  record({ of, tensors, rng }: StepInputs): StepRecording | undefined {
    const [own, key] = [this.#knownOf(of), keyOf(tensors)];
    const known = own.get(key);
    if (known === 'unusual' || (!known && own.size >= MOST_KNOWN)) return undefined;
    const current = backend();
    const variables = new Map(
      Object.values(tf.engine().registeredVariables).map((variable) => [variable.dataId, variable]),
    );
    const { addon } = current;
    const recording = new Recording({ addon, given: arraysOf(current, tensors), variables, rng });
    rng.watch(recording);
    current.record(recording);
    let isOver = false;
    const stop = (): boolean => {
      const wasOver = isOver;
      isOver = true;
      rng.watch(undefined);
      current.record(undefined);
      return !wasOver;
    };
    return {
      end: (outputs, note) => {
        const byId = new Map([...variables.values()].map((variable) => [variable.id, variable]));
        const found = recordedStep(recording, arraysOf(current, outputs), { note, variables: byId });
        if (stop()) own.set(key, whatIsKnown(current, known, found));
      },
      cancel: () => {
        if (stop()) own.set(key, 'unusual');
      },
    };
  }

  #knownOf(owner: object): Map<string, Known> {
    const known = this.#known.get(owner) ?? new Map<string, Known>();
    this.#known.set(owner, known);
    return known;
  }
}

function backend(): NativeBackend {
  return tf.findBackend(BACKEND) as NativeBackend;
}

function keyOf(tensors: readonly tf.Tensor[]): string {
  let key = '';
  for (const { shape, dtype } of tensors) key += `${dtype} ${shape};`;
  return key;
}

function arraysOf(backend: NativeBackend, tensors: readonly tf.Tensor[]): tf.backend_util.BackendValues[] {
  return tensors.map(({ dataId }) => backend.arrayOf(dataId)!);
}

function recordedStep(
  recording: Recording,
  outputs: readonly tf.backend_util.BackendValues[],
  rest: Pick<RecordedStep, 'note' | 'variables'>,
): RecordedStep | undefined {
  const { isUsual, sources, instructions, draws } = recording;
  const places = recording.places(outputs);
  return isUsual && places ? { sources, instructions, draws, outputs: places, ...rest } : undefined;
}

/**
 * A recording waits for the next; if both are alike, they can be repeated.
 * @throws Error if it was something else that was repeated before.
 */
function whatIsKnown(backend: NativeBackend, known: Known | undefined, found: RecordedStep | undefined): Known {
  if (!found) return 'unusual';
  if (!known || known === 'unusual') return { last: found, tries: 1 };
  if ('step' in known) return areAlike(known.recorded, found) ? known : { last: found, tries: 1, was: known.recorded };
  const { last, tries, was } = known;
  if (areAlike(last, found)) {
    if (was && !areAlike(was, found)) throw new Error(CHANGED);
    return { step: new RepeatableStep(backend, found), recorded: found, repetitions: 0 };
  }
  return tries < MOST_TRIES ? { ...known, last: found, tries: tries + 1 } : 'unusual';
}

const CHANGED =
  'invalid loss: it is no function of the batch, the parameters and the random stream, since it computes something ' +
  'else than some steps ago; give the training stage `repeatable: false`, and every step is run';

function areAlike(a: RecordedStep, b: RecordedStep): boolean {
  return isDeepStrictEqual(
    [a.sources, a.instructions, a.outputs, a.note],
    [b.sources, b.instructions, b.outputs, b.note],
  );
}
