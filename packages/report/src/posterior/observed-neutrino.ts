import type { EventSpec, HostEvents } from '@unfold-zoo/core';
import type { InputSpec } from '@unfold-zoo/core/events';
import type { LeptonAndMissing } from './neutrino-solutions.js';

/**
 * The charged lepton and the missing transverse momentum of an event [1], where the topology declares a `neutrinoOfW`:
 * the first object of its input `lepton` that is of a class of leptons, or of any class if none is marked, and the
 * object of its input `missing`. Undefined without a declaration, or where the event has no such objects.
 */
export function leptonAndMissing(spec: EventSpec, event: HostEvents): LeptonAndMissing | undefined {
  if (!spec.neutrinoOfW) return undefined;
  const lepton = firstObject(spec, event, spec.neutrinoOfW.lepton, isLepton(spec.inputs[spec.neutrinoOfW.lepton]));
  const missing = firstObject(spec, event, spec.neutrinoOfW.missing, () => true);
  if (!lepton || !missing) return undefined;
  const { energy, px, py, pz } = lepton as Record<'energy' | 'px' | 'py' | 'pz', number>;
  return { lepton: { energy, px, py, pz }, missing: { px: missing['px']!, py: missing['py']! } };
}

function isLepton(input: InputSpec | undefined): (object: Named) => boolean {
  const classes = (input?.features ?? []).filter(({ lepton }) => lepton);
  return (object) => classes.length === 0 || classes.some(({ name }) => object[name] === 1);
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
