import { z } from 'zod';
import type { EventSpec } from '../contracts/events/event-spec.js';
import type { Representation } from '../contracts/events/representation.js';
import { DetectorFrame } from './detector-frame.js';

/** The option of every representation of this package: what momenta are relative to. */
export const frameOption = {
  frame: z
    .enum(['laboratory', 'detector'])
    .default('laboratory')
    .describe(
      'What momenta are relative to. laboratory: nothing, as in the paper. detector: azimuths of truth and inputs ' +
        'are counted from that of the object that measures the first particle with measuredBy in the topology, so ' +
        'that it does not matter how an event is turned about the beam; particles with measuredBy are described by ' +
        'how they deviate from their objects, as normal scores, so that what is measured precisely is drawn as ' +
        'precisely',
    ),
};

/** A representation in the frame of the option. */
export function inFrame(
  representation: Representation,
  { frame }: { readonly frame: 'laboratory' | 'detector' },
  spec: EventSpec,
): Representation {
  return frame === 'detector' ? new DetectorFrame(representation, spec) : representation;
}
