import type { Catalogue } from '@unfold-zoo/core/config';
import type { HostArithmetic } from '@unfold-zoo/core/training';
import { defaultEngines } from '../default-engines.js';

/**
 * The host arithmetic that another engine of the loaded plugins shares, the one `auto` prefers; undefined if none does.
 */
export async function sharedArithmetic(
  catalogue: Catalogue,
  threads: number | undefined,
): Promise<HostArithmetic | undefined> {
  for (const { engine } of defaultEngines(catalogue)) {
    if (!engine.shareArithmetic || (await engine.isAvailable?.()) === false) continue;
    try {
      return await engine.shareArithmetic(threads);
    } catch {
      // Built for another processor, say; it is but a faster way.
    }
  }
  return undefined;
}
