import type { Addon, BlockArguments } from '@unfold-zoo/engine-native';
import test, { type ExecutionContext } from 'ava';
import { native, nativeTest, startNative } from './native-test.js';

test.before(() => startNative());

const floats = (size: number) => new Float32Array(size);
const list = (...values: number[]) => Int32Array.from(values);

/** Sees to it that a call of the addon is refused. */
type Refused = (call: () => void, message: RegExp) => void;

function refusal(t: ExecutionContext): Refused {
  return (call, message) => t.throws(call, { instanceOf: RangeError, message });
}

/** What precedes the arrays of a block: `sizes` are rows, width, inner width, heads and objects. */
function blockOf(
  addon: Addon,
  name: string,
  sizes: readonly number[],
  mask: Float32Array | null = null,
): BlockArguments {
  const [rows = 0, width = 0, inner = 0, heads = 0, objects = 0] = sizes;
  return [addon.blocks[name]!.handle, rows, width, inner, heads, objects, 1e-5, false, mask];
}

nativeTest('arrays that are not as long as the sizes say are refused before anything is touched', (t) => {
  const { addon } = native();
  const refused = refusal(t);
  const exp = addon.operations.unary['Exp']!;
  const add = addon.operations.binary['Add']!;
  const sum = addon.operations.reduce['Sum']!;
  refused(() => addon.unary(exp, floats(5), floats(4)), /expected an array of 5 elements, got 4/);
  refused(() => addon.unary(1000, floats(5), floats(5)), /expected the handle of an operation/);
  refused(() => addon.unary(exp, new Float64Array(5) as unknown as Float32Array, floats(5)), /of another type/);
  const binary = (shape: Int32Array, aSteps: Int32Array, a: number, y: number) =>
    addon.binary(add, shape, aSteps, list(0, 1), floats(a), floats(4), floats(y));
  refused(() => binary(list(3, 4), list(4, 1), 11, 12), /element 11/);
  refused(() => binary(list(3, 4), list(4, 1), 12, 13), /its size/);
  refused(() => binary(list(3, 4), list(4, 2), 99, 12), /0 or 1/);
  refused(() => binary(list(-3, 4), list(4, 1), 9, 12), /negative/);
  refused(() => addon.reduce(sum, 2, 3, 4, 1, floats(23), floats(8)), /24 elements, got 23/);
  refused(() => addon.softmax(2, 3, floats(6), floats(5)), /6 elements, got 5/);
  refused(() => addon.copy(list(2), 0, list(5), floats(5), 0, list(1), floats(2)), /element 5 is asked for/);
  refused(() => addon.copy(list(2), 0, list(1), floats(5), 4, list(1), floats(5)), /element 5 is asked for/);
  refused(() => addon.gather(1, 4, 2, list(4), floats(8), floats(2)), /expected 0 to 3, got 4/);
  refused(() => addon.gather(1, 4, 2, list(3), floats(8), floats(3)), /2 elements, got 3/);
  refused(() => addon.convert(floats(3) as unknown as Int32Array, floats(3)), /of another type/);
  refused(() => addon.convert(list(1, 2), floats(3)), /2 elements, got 3/);
  refused(
    () => addon.matrixProduct(1, 2, 2, 2, false, false, false, false, floats(4), floats(3), floats(4)),
    /4 elements, got 3/,
  );
  const adam = (first: Float32Array[]) =>
    addon.adam(0.9, 0.999, 1e-8, 1, 1, 1, [floats(3)], [floats(3)], first, [floats(3)]);
  refused(() => adam([floats(2)]), /3 elements, got 2/);
  refused(() => adam([]), /a list of 1 arrays/);
  refused(() => addon.useThreads(0), /1 to 1024/);
});

nativeTest('a block whose arrays, mask or heads do not fit is refused', (t) => {
  const { addon } = native();
  const refused = refusal(t);
  const norm = blockOf(addon, 'UnfoldLayerNorm', [2, 4]);
  const parameters = [floats(4), floats(4)];
  refused(() => addon.blockForward(...norm, floats(7), null, parameters, floats(8), null), /8 elements, got 7/);
  refused(() => addon.blockForward(...norm, floats(8), null, [floats(4)], floats(8), null), /list of 2 arrays/);
  refused(
    () => addon.blockForward(...norm, floats(8), null, [floats(4), null], floats(8), null),
    /missing parameter scale: UnfoldLayerNorm needs it/,
  );
  refused(
    () => addon.blockForward(...norm, floats(8), floats(8), parameters, floats(8), null),
    /invalid inputs: UnfoldLayerNorm has one/,
  );
  const saved = (name: string, sizes: readonly number[], mask?: Float32Array) => () =>
    addon.blockSavedSize(...blockOf(addon, name, sizes, mask));
  refused(saved('UnfoldLayerNorm', [2, 4], Float32Array.of(1, 0.5)), /expected 0 or 1, got 0.5/);
  refused(saved('UnfoldMaskedAttention', [6, 5, 0, 2, 3]), /divisor of the width/);
  refused(saved('UnfoldMaskedAttention', [7, 4, 0, 2, 3]), /rows cannot be shared out/);
  refused(saved('UnfoldMonotoneShare', [6, 2, 5]), /one number a row/);
  refused(() => addon.blockSavedSize(1000, 2, 4, 0, 0, 0, 1e-5, false, null), /the handle of an operation or block/);
});

const HUGE = 2 ** 32;
const LARGEST = 2 ** 52;

nativeTest('sizes whose product overflows are refused', (t) => {
  const { addon } = native();
  const refused = refusal(t);
  const sum = addon.operations.reduce['Sum']!;
  const overflow = /no array is as large/;
  const none = floats(0);
  refused(() => addon.softmax(HUGE, HUGE, none, none), overflow);
  refused(() => addon.reduce(sum, HUGE, HUGE, 1, 1, none, none), overflow);
  refused(() => addon.reduce(sum, HUGE, 0, HUGE, 1, none, none), overflow);
  refused(() => addon.gather(HUGE, HUGE, 1, list(), none, none), overflow);
  refused(() => addon.gather(HUGE, 0, HUGE, list(0), none, none), overflow);
  refused(() => addon.segmentSum(HUGE, HUGE, list(), none, none), overflow);
  const flags = [false, false, false, false] as const;
  refused(() => addon.matrixProduct(1, HUGE, 1, HUGE, ...flags, none, none, none), overflow);
  refused(() => addon.matrixProduct(HUGE, HUGE, 1, 0, ...flags, none, none, none), overflow);
  const most = 2 ** 31 - 1;
  const steps = list(most, most, most);
  const cube = list(most, most, most);
  refused(() => addon.copy(cube, 0, steps, none, 0, steps, none), overflow);
  refused(() => addon.copy(cube, 0, list(0, 0, 0), floats(1), 0, list(0, 0, 0), floats(1)), overflow);
  refused(
    () => addon.binary(0, list(most, most, most), list(0, 0, 0), list(0, 0, 0), floats(1), floats(1), none),
    overflow,
  );
  const forward = (name: string, sizes: readonly number[]) =>
    addon.blockForward(...blockOf(addon, name, sizes), none, null, [none, none], none, null);
  refused(() => forward('UnfoldLayerNorm', [2 ** 12, LARGEST]), overflow);
  refused(() => forward('UnfoldLinear', [0, HUGE, HUGE]), overflow);
  refused(() => addon.blockSavedSize(...blockOf(addon, 'UnfoldGruGate', [2 ** 12, LARGEST])), overflow);
});

nativeTest('where one size is 0 the others may be anything, and nothing is done', (t) => {
  const { addon } = native();
  const none = floats(0);
  addon.softmax(LARGEST, 0, none, none);
  addon.reduce(addon.operations.reduce['Max']!, LARGEST, 3, 0, 1, none, none);
  addon.gather(LARGEST, 3, 0, list(1), none, none);
  addon.segmentSum(LARGEST, 0, list(1), none, none);
  addon.matrixProduct(LARGEST, 1, 0, 1, true, false, false, false, floats(1), none, none);
  addon.copy(list(2 ** 31 - 1, 0), 0, list(2 ** 31 - 1, 1), none, 0, list(2 ** 31 - 1, 1), none);
  addon.finish();
  t.pass();
});
