import { Catalogue } from '@unfold-zoo/core/config';
import { builtInPlugins } from '@unfold-zoo/runs';

export { builtInPlugins, readBenchmark, readMeasurement, readRunConfig } from '@unfold-zoo/runs';

/** What comes with the library. */
export const builtIn = new Catalogue(builtInPlugins);
