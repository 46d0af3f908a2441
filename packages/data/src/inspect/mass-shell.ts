import type { EventSpec, HostEvents } from '@unfold-zoo/core';
import { partonWidth, QUANTITIES } from '@unfold-zoo/core/events';

/** Energies squared that are off by this part are not rounded. */
const OFF = 0.01;
/** Share of the events in which they are tolerated. */
const FEW = 0.05;

/**
 * Says for which particle of the truth energy, momentum and mass contradict each other: E^2 is not p^2 + m^2. The worst
 * one is named; models learn each of the three as it is.
 */
export function massShellWarnings(spec: EventSpec, { partons, size }: HostEvents): string[] {
  if (!partons) return [];
  const width = partonWidth(spec);
  const shares = spec.particles.map(({ name }, particle) => {
    const isOff = (event: number): boolean => {
      const start = event * width + particle * QUANTITIES.length;
      const [mass, logE, px, py, pz] = partons.subarray(start, start + QUANTITIES.length);
      const squared = Math.exp(2 * logE!);
      return Math.abs(squared - px! ** 2 - py! ** 2 - pz! ** 2 - mass! ** 2) > OFF * squared;
    };
    return { name, share: Array.from({ length: size }, (_, event) => event).filter(isOff).length / size };
  });
  const [worst] = shares.sort((a, b) => b.share - a.share);
  if (!worst || !(worst.share > FEW)) return [];
  return [
    `E^2 is not p^2 + m^2 for ${worst.name} in ${(100 * worst.share).toFixed(0)} % of the events, by more than ` +
      `${100 * OFF} %: check units and which energy and mass these are`,
  ];
}
