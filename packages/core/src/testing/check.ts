import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs-core';

/** A sentence that holds for every right implementation, and what proves it: `run` throws where it does not hold. */
export type Check = readonly [title: string, run: () => Promise<void>];

/** What an implementation did that its contract does not allow. */
export class ConformanceError extends Error {
  override readonly name = 'ConformanceError';
}

/** Refuses an implementation unless what was claimed of it holds. @throws ConformanceError with the sentence. */
export function claim(holds: boolean, sentence: string): asserts holds {
  if (!holds) throw new ConformanceError(sentence);
}

// Test runners start the tests of a file side by side; what one makes must not count as what another leaks.
let last: Promise<unknown> = Promise.resolve();

/** A check. One runs after another, whatever the test runner does. */
export function check(title: string, body: () => void | Promise<void>): Check {
  const run = (): Promise<void> => {
    const next = last.then(body);
    last = next.catch(() => {});
    return next;
  };
  return [title, run];
}

/** A check that computes with tensors: it has a backend with gradients, and what it makes is freed. */
export function tensorCheck(title: string, body: () => void): Check {
  return check(title, async () => {
    await needBackend();
    tf.tidy(() => body());
  });
}

/**
 * Runs all checks, for test runners that take one function.
 * @throws ConformanceError that lists everything that does not hold.
 */
export async function conform(checks: Iterable<Check>): Promise<void> {
  const broken: string[] = [];
  for (const [title, run] of checks) {
    try {
      await run();
    } catch (error) {
      broken.push(`${title}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  claim(broken.length === 0, broken.join('\n'));
}

/** Makes the JavaScript backend current unless the test has started an engine of its own. */
export async function needBackend(): Promise<void> {
  // tfjs-core alone has no gradients.
  if (!tf.getGradient('Tanh')) loadTfjs();
  if (!tf.getBackend()) await tf.setBackend('cpu');
  await tf.ready();
}

function loadTfjs(): void {
  tf.enableProdMode();
  try {
    // `import` would search its megabytes for the names of its exports.
    createRequire(import.meta.url)('@tensorflow/tfjs');
  } catch (cause) {
    throw new ConformanceError('missing backend: install @tensorflow/tfjs, or start an engine before the checks', {
      cause,
    });
  }
}
