import { Engine, Rng } from '@unfold-zoo/core';
import type { Catalogue } from '@unfold-zoo/core/config';

/** The kind that chooses among the others. */
export const AUTO = 'auto';

/** An engine by the kind that a config chooses it by. */
export interface EngineOfKind {
  readonly kind: string;
  readonly engine: Engine;
}

/**
 * Every engine of the loaded plugins but `auto`, with its default options, the one of the highest preference first. One
 * that must be given options is left out.
 */
export function defaultEngines(catalogue: Catalogue): readonly EngineOfKind[] {
  const engines = catalogue.components(Engine.key).flatMap(({ kind, options }): EngineOfKind[] => {
    const defaults = options.safeParse({});
    if (kind === AUTO || !defaults.success) return [];
    const choices = { [Engine.key]: { ...defaults.data, kind } };
    return [{ kind, engine: catalogue.assemble(Engine, choices, new Rng(0)) }];
  });
  return engines.sort((a, b) => preferenceOf(b) - preferenceOf(a));
}

function preferenceOf({ engine }: EngineOfKind): number {
  return engine.preference ?? Number.NEGATIVE_INFINITY;
}
