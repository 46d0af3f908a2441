import { isAddonBuilt, nativeEngine } from '@unfold-zoo/engine-native';
import test from 'ava';
import { useBackend } from '../core/nn/backends.js';
import { allGradients, relativeError } from './all-gradients.js';

for (const [name, ...overrides] of [
  ['cinn'],
  ['cinn', 'model.permutation=soft'],
  ['cvae'],
  ['ldm', 'model.clip=true'],
] as const) {
  test.serial(
    `${[name, ...overrides].join(', ')}: every engine finds the gradients that plain JavaScript finds`,
    async (t) => {
      await useBackend('cpu');
      const expected = await allGradients(name, overrides);
      const engines = [
        () => useBackend('wasm'),
        ...(isAddonBuilt() ? [() => nativeEngine({ threads: 2 }).start()] : []),
      ];
      for (const start of engines) {
        await start();
        // The tolerance of gradients in test/fixtures/golden/README.md, for each of about ten layers in series.
        t.true(relativeError(await allGradients(name, overrides), expected) < 1e-4);
      }
    },
  );
}
