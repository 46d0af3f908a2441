import { Rng } from '@unfold-zoo/core';
import type { Choice } from '@unfold-zoo/core/config';
import { ObservableFunction } from '@unfold-zoo/measurement';
import type { Run } from '@unfold-zoo/runs';

/** Functions for observables of the plugins that a run loads, but for those with an option that has no default. */
export function pluginFunctions({ config: { catalogue, seed } }: Run): readonly ObservableFunction[] {
  const { key } = ObservableFunction;
  const chosen = catalogue.components(key).flatMap(({ kind }): Choice[] => {
    const { data } = catalogue.schemaOf(key).safeParse({ kind });
    return data === undefined ? [] : [data as Choice];
  });
  return catalogue.assembleAll(ObservableFunction, { [key]: chosen }, new Rng(seed));
}
