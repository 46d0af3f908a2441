import { findPackage, importFile } from '../find-package.js';

/** What the package of the compiled engine offers to other backends. */
interface HostKernels {
  isAddonBuilt(): boolean;
  registerHostKernels(backendName: string, threads?: number): Promise<void>;
}

/**
 * Lets the compiled engine, where it is built, do the work on host arrays for this backend: Adam, the norm of the
 * gradients and the moving average. JavaScript does it otherwise.
 */
export async function borrowHostKernels(threads: number | undefined): Promise<void> {
  const file = findPackage('@unfold-zoo/engine-native');
  if (!file) return;
  try {
    const native = (await importFile(file)) as unknown as HostKernels;
    if (native.isAddonBuilt()) await native.registerHostKernels('tensorflow', threads);
  } catch {
    // Built for another processor, say; it is but a faster way.
  }
}
