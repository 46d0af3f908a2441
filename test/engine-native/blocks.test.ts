import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { type Agreement, blockCases, blockOutput, compareBlock } from './compare-blocks.js';
import { bfloat16Test, nativeTest, startNative } from './native-test.js';

test.before(() => startNative());

// Two roundings of float32 apart, in sums of up to a few hundred terms, relative to the largest entry.
const TOLERANCE = 1e-5;
// What a time does to the share of a curve and what it does through both ends nearly cancel: on both backends.
const CURVE_TOLERANCE = 2e-5;

function check(t: ExecutionContext, results: readonly Agreement[]): void {
  for (const { what, error } of results) {
    const tolerance = what.includes(' of Monotone') ? CURVE_TOLERANCE : TOLERANCE;
    t.true(error < tolerance, `${what} differs by ${error}`);
  }
}

for (const name of Object.keys(blockCases)) {
  nativeTest(`${name} and its gradients are those of the plain composition, at any width`, async (t) => {
    const sizes = fc.record({
      // Widths below, at and beyond a vector of any instruction set.
      width: fc.constantFrom(4, 8, 12, 20, 24, 40, 52),
      events: fc.integer({ min: 1, max: 12 }),
      objects: fc.integer({ min: 1, max: 11 }),
      seed: fc.integer({ min: 0, max: 1000 }),
    });
    await fc.assert(
      fc.asyncProperty(sizes, async (size) => check(t, await compareBlock(name, size))),
      { numRuns: 5 },
    );
    check(t, await compareBlock(name, { width: 96, events: 12, objects: 23, seed: 1 }));
  });
}

nativeTest('a block that saves nothing gives the same gradients', async (t) => {
  await startNative({ threads: 2, memory: 'low' });
  for (const name of Object.keys(blockCases)) {
    check(t, await compareBlock(name, { width: 20, events: 30, objects: 7, seed: 3 }));
  }
  await startNative();
});

nativeTest('an event without objects comes out as padding', async (t) => {
  await tf.setBackend('native');
  for (const name of ['GatedFeedForward with padding', 'GatedAttention with padding']) {
    check(t, await compareBlock(name, { width: 12, events: 3, objects: 4, seed: 5, emptyEvents: true }));
  }
});

nativeTest('the attention of the first object is refused where that is padding', async (t) => {
  const size = { width: 12, events: 3, objects: 4, seed: 5, emptyEvents: true };
  await t.throwsAsync(compareBlock('GatedAttention of the first object', size), {
    message: /the first object of an event/,
  });
});

nativeTest('what stands in the place of padding does not matter', async (t) => {
  await tf.setBackend('native');
  const outputs = [0, 1e6, Number.NaN].map((padding) => blockOutput('GatedAttention with padding', padding));
  t.deepEqual(outputs[1], outputs[0]);
  t.deepEqual(outputs[2], outputs[0]);
});

// Factors of products are rounded to 8 bits, of 2^-9 of themselves at most; a block has a few products in series.
const ROUNDED_TOLERANCE = 0.03;

bfloat16Test(
  'with precision bfloat16 blocks agree with float32 to the rounding of factors, linear maps as ever',
  async (t) => {
    await startNative({ threads: 2, precision: 'bfloat16' });
    for (const name of Object.keys(blockCases).filter((each) => !each.startsWith('Monotone'))) {
      const isMap = /^(Gru|Gated|Masked)/.test(name);
      // More rows than are rounded at once, and widths at and beyond whole vectors.
      for (const width of [24, 48]) {
        const results = await compareBlock(name, { width, events: 8, objects: 14, seed: width });
        if (isMap)
          for (const { what, error } of results) t.true(error < ROUNDED_TOLERANCE, `${what} differs by ${error}`);
        else check(t, results);
        const isRounded = results.some(({ error }) => error > 10 * TOLERANCE);
        t.is(isRounded, isMap, name);
      }
      // Factors come in pairs: where a width, or that of a head, is odd, blocks are computed in float32.
      const width = name.startsWith('Masked') ? 22 : name.includes('Attention') ? 20 : 21;
      check(t, await compareBlock(name, { width, events: 8, objects: 5, seed: 1 }));
    }
    await startNative();
  },
);

const run = promisify(execFile);

nativeTest('bfloat16 is refused where there are no products of it', async (t) => {
  const script = `
    import { nativeEngine } from '@unfold-zoo/engine-native';
    await nativeEngine({ precision: 'bfloat16' }).start().catch((error) => console.log(error.name, error.message));`;
  const args = ['--input-type=module', '--eval', script];
  const { stdout } = await run(process.execPath, args, { env: { ...process.env, UNFOLD_NATIVE_ISA: 'plain' } });
  t.regex(stdout, /^UserError invalid engine\.precision "bfloat16": .*take engine\.precision float32/);
});

for (const instructionSet of ['plain', 'avx2', 'avx512']) {
  nativeTest(`the ${instructionSet} kernels agree with the plain composition`, async (t) => {
    const script = fileURLToPath(new URL('./compare-blocks.js', import.meta.url));
    const env = { ...process.env, UNFOLD_NATIVE_ISA: instructionSet };
    const { stdout, stderr } = await run(process.execPath, [script], { env }).catch((error) => error);
    if (stderr.includes('this processor has no') || stderr.includes('unknown UNFOLD_NATIVE_ISA')) {
      t.log(`not run: ${stderr.match(/this processor has no [^\n]*/)?.[0]}`);
      t.pass();
      return;
    }
    const results: Agreement[] = JSON.parse(stdout);
    t.true(results.length > 0);
    check(t, results);
  });
}
