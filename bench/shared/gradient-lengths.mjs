import { openSession, readRunConfig } from '../../packages/cli/dist/session.js';

/** Numbers in each gradient of the model of a preset or config, which are what workers exchange. */
export async function gradientLengths(preset) {
  const session = await openSession(
    await readRunConfig(preset, [
      'engine={kind: cpu}',
      'parallel={kind: single}',
      'data={kind: ttbar-generator, train: 256, validation: 16, test: 16}',
    ]),
  );
  const model = session.model(await session.scaling());
  return model.parameters.map(({ size }) => size);
}

/** What a measurement says of the gradients that it was done with. */
export function sizeOf(lengths) {
  return { arrays: lengths.length, parameters: lengths.reduce((sum, length) => sum + length, 0) };
}
