import { KINEMATIC_QUANTITIES } from '@unfold-zoo/core/events';
import { kinematics, SMALLEST_PT } from '@unfold-zoo/metrics';
import test from 'ava';
import fc from 'fast-check';
import { fixture } from '../fixtures.js';

interface Golden {
  readonly mass: { readonly data: number[] };
  readonly p: { readonly data: number[] };
  readonly energy: { readonly data: number[] };
  readonly pt: { readonly data: number[] };
  readonly eta: (number | null)[];
  readonly phi: { readonly data: number[] };
}

const golden = fixture<Golden>('golden/kinematics.json');
// Nine digits name a float32.
const component = (axis: number): Float32Array =>
  Float32Array.from(golden.mass.data, (_, i) => golden.p.data[3 * i + axis]!);

test('pt, eta and phi agree with NumPy', (t) => {
  const momenta = { mass: Float32Array.from(golden.mass.data), energy: Float32Array.from(golden.energy.data) };
  const found = kinematics({ ...momenta, px: component(0), py: component(1), pz: component(2) });
  for (const [i, eta] of golden.eta.entries()) {
    // The fixture's momenta and results were rounded to single precision.
    t.true(Math.abs(found.pt[i]! - golden.pt.data[i]!) <= 2 ** -23 * golden.pt.data[i]!);
    t.true(Math.abs(found.phi[i]! - golden.phi.data[i]!) <= 2 ** -23 * Math.PI);
    if (eta !== null) t.true(Math.abs(found.eta[i]! - eta) <= 2 ** -23);
  }
});

test('energy comes from its logarithm, and the mass is the regressed one', (t) => {
  const [mass, logE] = [Float32Array.of(173, 80), Float32Array.of(5.5, 4.5)];
  const found = kinematics({ mass, logE, px: mass, py: mass, pz: mass });
  t.deepEqual([...found.mass], [173, 80]);
  t.deepEqual([...found.energy], [Math.exp(5.5), Math.exp(4.5)]);
  t.deepEqual(Object.keys(found), [...KINEMATIC_QUANTITIES]);
});

test('eta of no transverse momentum is finite, and zero for no momentum at all', (t) => {
  const zero = new Float64Array(3);
  const { eta } = kinematics({ mass: zero, energy: zero, px: zero, py: zero, pz: Float64Array.of(1000, -1000, 0) });
  t.deepEqual([...eta], [Math.asinh(1000 / SMALLEST_PT), -Math.asinh(1000 / SMALLEST_PT), 0]);
});

test('momenta are found again from pt, eta and phi', (t) => {
  const momentum = fc.double({ min: -5000, max: 5000, noNaN: true });
  fc.assert(
    fc.property(momentum, momentum, momentum, (x, y, z) => {
      fc.pre(Math.hypot(x, y) > SMALLEST_PT);
      const [px, py, pz] = [x, y, z].map((each) => Float64Array.of(each));
      const { pt, eta, phi } = kinematics({ mass: px!, energy: px!, px: px!, py: py!, pz: pz! });
      const scale = 1e-12 * Math.hypot(x, y, z);
      t.true(Math.abs(pt[0]! * Math.cos(phi[0]!) - x) <= scale);
      t.true(Math.abs(pt[0]! * Math.sin(phi[0]!) - y) <= scale);
      t.true(Math.abs(pt[0]! * Math.sinh(eta[0]!) - z) <= 20 * scale);
    }),
  );
});
