import { isUserError } from '@unfold-zoo/core';
import { webgpuEngine } from '@unfold-zoo/engines';
import test, { type Implementation } from 'ava';

export const engine = () => webgpuEngine({ powerPreference: 'high-performance' });

/** Why WebGPU cannot be tested here; undefined if it can. */
async function absence(): Promise<string | undefined> {
  try {
    await engine().start();
    return undefined;
  } catch (error) {
    if (!isUserError(error)) throw error;
    return error.message.split('; ')[0];
  }
}

const reason = await absence();

/** A test that needs an adapter, which software is too; without one it says why it does not run. */
export function gpuTest(title: string, body: Implementation<[]>): void {
  if (reason === undefined) test.serial(title, body);
  else test.serial.skip(`${title} (${reason})`, body);
}
