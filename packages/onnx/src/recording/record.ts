import * as tf from '@tensorflow/tfjs-core';
import { type Module, UserError } from '@unfold-zoo/core';
import { withoutDerivedCaptures } from '../graph/derived-captures.js';
import type { Graph, GraphValue } from '../graph/graph.js';
import { rollLoops } from '../graph/loops.js';
import { castTo } from '../kernels/types.js';
import { GraphRecorder } from './graph-recorder.js';
import { registerRecordedKernels } from './recorded-kernels.js';
import { RandomInputs, RecordedRng } from './recorded-rng.js';
import { BACKEND, RecordingBackend } from './recording-backend.js';

/** What a recording is made with. */
export interface Recording {
  /** Randomness from inputs of the graph. */
  readonly rng: RecordedRng;
  /** A tensor that goes in: [rows, ...shape]. */
  input(name: string, shape: readonly number[]): tf.Tensor;
  /** The same numbers; what is computed with them is in that precision, doubles prevailing. Outputs are float32. */
  inPrecision<Values extends tf.Tensor>(values: Values, precision: 'float' | 'double'): Values;
  /** The first row [1, ...] of a tensor [rows, ...]. */
  firstRow<Values extends tf.Tensor>(values: Values): Values;
  /** The number of rows, by which something can be repeated. */
  readonly rows: number;
  /** A constant in double precision, which tfjs has not. */
  doubles<R extends tf.Rank>(values: Float64Array, shape: tf.ShapeMap[R]): tf.Tensor<R>;
  /**
   * Has weights appear in the graph by their names in the model.
   * @throws UserError for one with a length that stands for the number of rows.
   */
  nameWeights(model: Module): void;
}

/** A graph, and what stands for the number of rows among its lengths. */
export interface RecordedGraph {
  readonly graph: Graph;
  readonly batch: number;
}

/** What is computed in a recording; it gives what comes out of the graph, by name. */
export type RecordedWork = (recording: Recording) => Readonly<Record<string, tf.Tensor>>;

/** Stands for the number of rows; lengths of models are no multiples of it. */
const BATCH = 1009;

/** The last recording; the next waits for it, since tfjs has one current backend. */
let last: Promise<unknown> = Promise.resolve();

/**
 * Runs work on the recording backend and returns the graph of what it gives, by name. The backend that was current is
 * current again afterwards, and all tensors that the work made are freed.
 * @throws UserError for work that no graph can hold; it says what in it.
 */
export function recordGraph(name: string, work: RecordedWork): Promise<RecordedGraph> {
  const recorded = last.then(() => recordNow(name, work));
  last = recorded.catch(() => undefined);
  return recorded;
}

async function recordNow(name: string, work: RecordedWork): Promise<RecordedGraph> {
  const before = tf.getBackend();
  const backend = new RecordingBackend(new GraphRecorder(BATCH));
  registerRecordedKernels();
  tf.registerBackend(BACKEND, () => backend);
  try {
    await tf.setBackend(BACKEND);
    let graph: Graph | undefined;
    tf.tidy(() => {
      graph = recordOn(backend, name, work);
    });
    return { graph: withoutDerivedCaptures(rollLoops(graph!)), batch: BATCH };
  } finally {
    await tf.setBackend(before || 'cpu');
    tf.removeBackend(BACKEND);
  }
}

function recordOn(backend: RecordingBackend, name: string, work: RecordedWork): Graph {
  const { recorder } = backend;
  const random = new RandomInputs(backend);
  const outputs = Object.entries(work(recordingOn(backend, new RecordedRng(random))));
  const values = outputs.map(([output, tensor]): [string, GraphValue] => {
    const value = backend.graphValue(tensor);
    return [output, value.type === 'double' ? castTo(recorder, value, 'float') : value];
  });
  random.finish();
  return recorder.graph(name, Object.fromEntries(values));
}

function recordingOn(backend: RecordingBackend, rng: RecordedRng): Recording {
  const { recorder } = backend;
  const tensorOf = (value: GraphValue): tf.Tensor => tf.engine().makeTensorFromTensorInfo(backend.tensorOf(value));
  return {
    rng,
    input: (name, shape) => tensorOf(recorder.input(name, { type: 'float', shape: [recorder.batch, ...shape] })),
    inPrecision: (values, type) => tensorOf(castTo(recorder, backend.graphValue(values), type)) as typeof values,
    firstRow: (values) => {
      const { type, shape } = backend.graphValue(values);
      const ends = [0, 1, 0].map((end) => recorder.integers([end]));
      const sliced = recorder.node('Slice', [backend.graphValue(values), ...ends], {
        type,
        shape: shape.with(0, 1),
      });
      return tensorOf(sliced) as typeof values;
    },
    rows: recorder.batch,
    doubles: <R extends tf.Rank>(values: Float64Array, shape: tf.ShapeMap[R]) =>
      tensorOf(recorder.constant(values, { type: 'double', shape })) as tf.Tensor<R>,
    nameWeights: (model) => {
      for (const [name, parameter] of model.namedParameters()) {
        checkTellsRows(recorder, name, parameter);
        backend.nameWeight(parameter, name);
      }
    },
  };
}

function checkTellsRows(recorder: GraphRecorder, name: string, { shape }: tf.Tensor): void {
  const length = shape.find((each) => recorder.isRows(each));
  if (length === undefined) return;
  throw new UserError(
    `invalid width ${length} of ${name}: multiples of ${recorder.batch} stand for the number of events while a graph ` +
      'is recorded; a model of any other width can be exported',
  );
}
