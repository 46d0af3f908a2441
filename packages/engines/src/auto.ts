import { component, Engine, UserError } from '@unfold-zoo/core';
import { alternatives, LoadedCatalogue } from '@unfold-zoo/core/config';
import { z } from 'zod';
import { AUTO, defaultEngines, type EngineOfKind } from './default-engines.js';

/** The first of some engines that is available and starts. Its label says which, and which failed on the way. */
export function autoEngine(engines: readonly EngineOfKind[]): Engine {
  let label = AUTO;
  let chosen: Engine | undefined;
  return {
    get label() {
      return label;
    },
    get hostArithmetic() {
      return chosen?.hostArithmetic;
    },
    get stepRepeater() {
      return chosen?.stepRepeater;
    },
    async start() {
      const failures: string[] = [];
      for (const { kind, engine } of engines) {
        try {
          if ((await engine.isAvailable?.()) === false) continue;
          await engine.start({ hardwareOnly: true });
          chosen = engine;
          label = [`${engine.label}, chosen by auto`, ...failures].join('; ');
          return;
        } catch (error) {
          failures.push(`${kind} failed: ${error instanceof Error ? error.message : String(error)}`);
        }
      }
      const reasons = failures.join('; ') || `none of ${engines.map(({ kind }) => kind).join(', ')} is installed`;
      throw new UserError(`missing engine: ${reasons}; add wasm or cpu to engine.prefer`);
    },
  };
}

export const auto = component(Engine, AUTO, {
  description: 'The fastest engine that is installed and starts',
  options: z.object({
    prefer: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe('Engines to try, best first; absent: every engine of the loaded plugins that has a preference'),
  }),
  inject: [LoadedCatalogue],
  create: ({ options }, catalogue) => autoEngine(selected(defaultEngines(catalogue), options.prefer)),
});

function selected(engines: readonly EngineOfKind[], prefer: readonly string[] | undefined): readonly EngineOfKind[] {
  if (!prefer) return engines.filter(({ engine }) => engine.preference !== undefined);
  return prefer.map((kind) => {
    const found = engines.find((each) => each.kind === kind);
    if (found) return found;
    const known = engines.map((each) => each.kind);
    throw new UserError(`unknown prefer: "${kind}"${alternatives(kind, 'engines', known)}`);
  });
}
