import { fileURLToPath } from 'node:url';

/** Path of the sample of 3,000 simulated events that comes with this package; see samples/README.md. */
export function samplePath(): string {
  return fileURLToPath(new URL('../../samples/ttbar_3000.h5', import.meta.url));
}
