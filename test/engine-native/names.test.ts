import * as tf from '@tensorflow/tfjs-core';
import { isUserError } from '@unfold-zoo/core';
import type { AddonBlock, Handles } from '@unfold-zoo/engine-native';
import test, { type ExecutionContext } from 'ava';
import { native, nativeTest, startNative } from './native-test.js';

test.beforeEach(() => startNative());

/** Sees to it that the engine does not start while the addon has `changed` under `name` (nothing if undefined). */
async function refusesToStart<Value>(
  t: ExecutionContext,
  [table, name, changed]: readonly [table: Record<string, Value>, name: string, changed: Value | undefined],
  message: RegExp,
): Promise<void> {
  const before = { ...table };
  if (changed === undefined) delete table[name];
  else table[name] = changed;
  try {
    t.true(isUserError(await t.throwsAsync(startNative(), { message })));
  } finally {
    if (name in before) table[name] = before[name]!;
    else delete table[name];
  }
}

nativeTest('every fused block and operation is found by its name, whatever its handle', async (t) => {
  const { blocks, operations } = native().addon;
  const unique = (handles: readonly number[]) => new Set(handles).size === handles.length;
  t.true(unique(Object.values(blocks).map(({ handle }) => handle)));
  for (const table of Object.values(operations)) t.true(unique(Object.values(table)));
  for (const name of Object.keys(blocks)) t.truthy(tf.getKernel(name, 'native'));
});

nativeTest('a block that one side lacks is an error at the start that says which', async (t) => {
  const blocks = native().addon.blocks as Record<string, AddonBlock>;
  const linear = blocks['UnfoldLinear']!;
  await refusesToStart(
    t,
    [blocks, 'UnfoldLinear', undefined],
    /missing block UnfoldLinear: .*compiled native engine lacks it.*unfold setup native/,
  );
  await refusesToStart(t, [blocks, 'UnfoldSwirl', linear], /unknown block UnfoldSwirl: .*TypeScript lacks it/);
  const other = { ...linear, parameters: ['kernel', 'bias'] };
  await refusesToStart(t, [blocks, 'UnfoldLinear', other], /invalid parameters of UnfoldLinear: .*bias,kernel/);
});

nativeTest('an operation that one side lacks is an error at the start that says which', async (t) => {
  const { binary, unary } = native().addon.operations as Record<'binary' | 'unary', Record<string, number> & Handles>;
  await refusesToStart(t, [binary, 'Add', undefined], /missing operation Add: the compiled native engine lacks it/);
  await refusesToStart(t, [unary, 'Swirl', 0], /unknown operation Swirl: .*tfjs lacks it/);
});
