import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { fitScaling, LOG_ENERGY_LIMIT, logEnergyLimit, scalePartons } from '@unfold-zoo/core/events';
import { consistency } from '@unfold-zoo/core/losses';
import { eventsInMemory } from '@unfold-zoo/core/testing';
import test from 'ava';
import { numberedSpec } from '../fixtures/data/numbered-source.js';

/** Events of massless particles along the beam, of energies from `low` to `high` in GeV. */
function beam(low: number, high: number, events = 50) {
  const energies = Array.from({ length: events }, (_, i) => low * (high / low) ** (i / (events - 1)));
  const inputs = {
    objects: { features: new Float32Array(9 * events), mask: new Float32Array(3 * events) },
    met: { features: new Float32Array(events).fill(5), mask: new Float32Array(events).fill(1) },
  };
  const partons = Float32Array.from(energies.flatMap((e) => [0, Math.log(e), 0, 0, e, 0, Math.log(e), 0, 0, -e]));
  return { size: events, partons, inputs };
}

test('the limit on energies is a hundred times the largest of the training events, and 1 PeV at least', async (t) => {
  for (const [largest, expected] of [
    [7e3, 1e6],
    [1e9, 1e11],
    [1e16, 1e18],
  ] as const) {
    const scaling = await fitScaling(eventsInMemory(numberedSpec, { train: beam(1e2, largest) }));
    // Of ln E in single precision.
    t.true(Math.abs(Math.exp(logEnergyLimit(scaling)) / expected - 1) < 1e-5);
  }
  t.is(logEnergyLimit({}), LOG_ENERGY_LIMIT);
});

test('the consistency loss follows the energies of air showers, far above 1 PeV', async (t) => {
  const events = beam(1e5, 1e9);
  const scaling = await fitScaling(eventsInMemory(numberedSpec, { train: events }));
  const partons = tf.tensor2d(scalePartons(scaling, events.partons, events), [50, 10]);
  // Massless particles are on their mass shell: what is left is rounding of ln E, in units of the spread of E^2.
  const residual = consistency(partons, scaling, 'mae').dataSync();
  t.true(
    residual.every((value) => value < 1e-4),
    `${Math.max(...residual)}`,
  );
});
