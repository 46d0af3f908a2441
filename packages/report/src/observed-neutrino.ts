import type { EventSpec, HostEvents } from '@unfold-zoo/core';
import { LEPTON_CLASSES } from './detector-configuration.js';
import type { LeptonAndMissing } from './neutrino-solutions.js';

/**
 * The charged lepton and the missing transverse momentum of an event [1], if the event description has them: an object
 * of a class `muon`, `electron` or `tau` with energy, px, py and pz, and an input `met` with px and py.
 */
export function leptonAndMissing(spec: EventSpec, event: HostEvents): LeptonAndMissing | undefined {
  const missing = firstObject(spec, event, 'met', () => true);
  if (!missing || !('px' in missing) || !('py' in missing)) return undefined;
  for (const name of Object.keys(spec.inputs)) {
    const lepton = firstObject(spec, event, name, (object) => LEPTON_CLASSES.some((kind) => object[kind] === 1));
    if (!lepton || !['energy', 'px', 'py', 'pz'].every((feature) => feature in lepton)) continue;
    const { energy, px, py, pz } = lepton as Record<'energy' | 'px' | 'py' | 'pz', number>;
    return { lepton: { energy, px, py, pz }, missing: { px: missing['px']!, py: missing['py']! } };
  }
  return undefined;
}

type Named = Readonly<Record<string, number>>;

/** The features, by name, of the first object that is wanted. */
function firstObject(
  spec: EventSpec,
  event: HostEvents,
  input: string,
  wanted: (object: Named) => boolean,
): Named | undefined {
  const features = spec.inputs[input]?.features;
  const objects = event.inputs[input];
  if (!features || !objects) return undefined;
  for (let slot = 0; slot < objects.mask.length; slot++) {
    if (objects.mask[slot] === 0) continue;
    const named = features.map(({ name }, i): [string, number] => [
      name,
      objects.features[slot * features.length + i]!,
    ]);
    const object = Object.fromEntries(named);
    if (wanted(object)) return object;
  }
  return undefined;
}
