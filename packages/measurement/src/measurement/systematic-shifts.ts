import type { SimulatedColumns } from './binned-sample.js';
import { storedPart } from './part-store.js';
import type { Shift } from './systematics.js';
import type { UnfoldedValues } from './unfold-spectra.js';
import { type UnfoldingWork, weightsOf } from './unfolding-work.js';

/** What every variation changes in the bins of all observables, one after the other. */
export async function systematicShifts(work: UnfoldingWork, nominal: readonly UnfoldedValues[]): Promise<Shift[]> {
  const decided = nominal.map(({ decisions }) => decisions);
  const values = nominal.flatMap((each) => each.values);
  const change = async (simulation: SimulatedColumns): Promise<number[]> => {
    work.options.signal?.throwIfAborted();
    const { store, origin, prepare, input } = work.varied(simulation);
    // What the method decided follows from the simulation as it is.
    const found = await storedPart(store, [...work.origin, ...origin], async () => {
      const { spectra } = await (await prepare())(weightsOf(input), decided);
      return spectra.flatMap((each) => each.values);
    });
    work.options.onUnfolded?.(1);
    return found.map((value, i) => value - values[i]!);
  };
  const shifts: Shift[] = [];
  for (const { name, up, down } of work.input.variations ?? [])
    shifts.push({ name, up: await change(up), ...(down && { down: await change(down) }) });
  return shifts;
}
