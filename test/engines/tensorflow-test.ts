import { type TensorflowOptions, tensorflowEngine } from '@unfold-zoo/engines';
import test, { type Implementation } from 'ava';

const problem = await tensorflowEngine({ device: 'cpu', threads: 2 })
  .start()
  .then(
    () => undefined,
    (error: Error) => error.message,
  );

if (problem) console.log(`the tests of the engine tensorflow are skipped: ${problem}`);

/** A test of the engine `tensorflow` on the CPU; skipped where it does not start. */
export function tensorflowTest(title: string, implementation: Implementation<[]>): void {
  if (problem) test.serial.skip(title, implementation);
  else test.serial(title, implementation);
}

/** Starts the engine, where there is one. */
export async function startTensorflow(options: Partial<TensorflowOptions> = {}): Promise<void> {
  if (!problem) await tensorflowEngine({ device: 'cpu', ...options }).start();
}
