import type { SimulatedColumns } from './binned-sample.js';
import { storedPart } from './part-store.js';
import type { Shift } from './systematics.js';
import { binsOfSpectra, type UnfoldedSpectra } from './unfold-spectra.js';
import { type UnfoldingWork, weightsOf } from './unfolding-work.js';

/** What every variation changes in the bins of all candidates and observables, one after the other. */
export async function systematicShifts(work: UnfoldingWork, nominal: UnfoldedSpectra['candidates']): Promise<Shift[]> {
  const decided = nominal[0]!.map(({ decisions }) => decisions);
  const values = binsOfSpectra({ candidates: nominal });
  const change = async (simulation: SimulatedColumns): Promise<number[]> => {
    work.options.signal?.throwIfAborted();
    const { store, origin, prepare, input } = work.varied(simulation);
    // What the method decided follows from the simulation as it is.
    const found = await storedPart(store, [...work.origin, ...origin], async () => {
      return binsOfSpectra(await (await prepare())(weightsOf(input), decided));
    });
    work.options.onUnfolded?.(1);
    return found.map((value, i) => value - values[i]!);
  };
  const shifts: Shift[] = [];
  for (const { name, up, down } of work.input.variations ?? [])
    shifts.push({ name, up: await change(up), ...(down && { down: await change(down) }) });
  return shifts;
}
