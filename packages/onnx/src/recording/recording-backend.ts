import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { UserError } from '@unfold-zoo/core';
import type { LoopRecorder, LoopTurn } from '@unfold-zoo/core/diffusion';
import type { GraphValue } from '../graph/graph.js';
import { castTo } from '../kernels/types.js';
import { constantValue } from './constant-value.js';
import type { GraphRecorder } from './graph-recorder.js';

/** The name of the backend, for tfjs. */
export const BACKEND = 'unfold-onnx';

/**
 * A tfjs backend whose tensors are of two kinds. *Constants* have values and are computed with as on the cpu backend.
 * *Recorded* tensors depend on an input of a graph: they have a shape and no values, and what is done with them becomes
 * nodes.
 */
export class RecordingBackend extends MathBackendCPU implements LoopRecorder {
  readonly #recorded = new WeakMap<object, GraphValue>();
  readonly #weights = new WeakMap<object, string>();

  constructor(readonly recorder: GraphRecorder) {
    super();
  }

  /** A recorded tensor. */
  tensorOf(value: GraphValue): tf.TensorInfo {
    const info = this.makeTensorInfo([...value.shape], tfjsType(value.type));
    this.#recorded.set(info.dataId, value);
    return info;
  }

  /** The value of a recorded tensor; undefined for a constant. */
  recorded({ dataId }: tf.TensorInfo): GraphValue | undefined {
    return this.#recorded.get(dataId);
  }

  /** A tensor as a value of the graph. */
  graphValue(tensor: tf.TensorInfo): GraphValue {
    const recorded = this.recorded(tensor);
    if (recorded) return recorded;
    const { shape, dtype, dataId } = tensor;
    const [values, name] = [this.readSync(dataId), this.#weights.get(dataId)];
    return constantValue(this.recorder, { values, shape, dtype, name });
  }

  /** Gives a constant tensor the name that it has in graphs. */
  nameWeight({ dataId }: tf.TensorInfo, name: string): void {
    this.#weights.set(dataId, name);
  }

  recordLoop(
    initial: readonly tf.Tensor[],
    most: number,
    turn: (given: readonly tf.Tensor[]) => LoopTurn,
  ): readonly tf.Tensor[] {
    const tensors = (values: readonly GraphValue[]): tf.Tensor[] =>
      values.map((value) => tf.engine().makeTensorFromTensorInfo(this.tensorOf(value)));
    const values = initial.map((tensor) => this.graphValue(tensor));
    const final = this.recorder.loop(values, most, (given) => {
      const { goesOn, next } = turn(tensors(given));
      const handedOn = next.map((tensor, i) => castTo(this.recorder, this.graphValue(tensor), values[i]!.type));
      return { goesOn: this.graphValue(goesOn), next: handedOn };
    });
    return tensors(final);
  }

  override readSync(dataId: object): tf.backend_util.BackendValues {
    if (this.#recorded.has(dataId)) {
      throw new UserError(
        'invalid model: it looks at numbers that depend on the events, to decide what to compute next, and a graph ' +
          'cannot',
      );
    }
    return super.readSync(dataId);
  }

  override async read(dataId: object): Promise<tf.backend_util.BackendValues> {
    return this.readSync(dataId);
  }
}

// A double is told apart from a float in the graph alone: tfjs has none.
function tfjsType(type: GraphValue['type']): 'float32' | 'int32' | 'bool' {
  if (type === 'bool') return 'bool';
  return type === 'float' || type === 'double' ? 'float32' : 'int32';
}
