import { conditionExpression, numberExpression, type ObservableFunction } from '@unfold-zoo/measurement';
import test from 'ava';
import fc from 'fast-check';
import { TOY_SPEC, type ToyParticle, toyEvents } from './toy-events.js';

const LEVEL = { level: 'truth' } as const;
const DETECTOR = { level: 'detector' } as const;

/** The value of an expression of the truth in one event. */
function truth(text: string, top: ToyParticle, topBar: ToyParticle = [0, 1, 1, 0, 0]): number {
  return numberExpression(TOY_SPEC, text, LEVEL).evaluate(toyEvents([{ particles: [top, topBar] }]))[0]!;
}

/** Single precision of the events, for numbers of the size of `scale`. */
function near(a: number, b: number, scale = 1): boolean {
  return Math.abs(a - b) <= 1e-5 * scale;
}

/** What goes wrong with an expression. */
function mistake(text: string, level: 'truth' | 'detector' = 'truth'): string {
  try {
    numberExpression(TOY_SPEC, text, { level });
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing';
}

test('the quantities of a four-vector follow from their definitions', (t) => {
  const top: ToyParticle = [5, 13, 3, 4, 12 - 1e-9];
  t.true(near(truth('pt(top)', top), 5));
  t.true(near(truth('phi(top)', top), Math.atan2(4, 3)));
  t.true(near(truth('p(top)', top), 13));
  t.true(near(truth('eta(top)', top), Math.asinh(12 / 5)));
  t.true(near(truth('y(top)', top), 0.5 * Math.log((13 + 12) / (13 - 12)), 10));
  t.deepEqual([truth('px(top)', top), truth('py(top)', top), truth('pz(top)', top)], [3, 4, 12]);
});

test('a particle alone has its regressed mass, a sum that of its energy and momentum', (t) => {
  const top: ToyParticle = [7, 5, 3, 0, 0];
  t.is(truth('mass(top)', top), 7);
  t.true(near(truth('mass(top + top_bar)', top, [0, 5, -3, 0, 0]), 10));
  t.true(near(truth('mass(top - top_bar)', top, [0, 5, 0, 0, 0]), -3));
  const fromMass = numberExpression(TOY_SPEC, 'energy(top)', { ...LEVEL, energy: 'from-mass' });
  const found = fromMass.evaluate(toyEvents([{ particles: [top, top] }]))[0]!;
  t.true(near(found, Math.sqrt(49 + 9)));
});

test('products of four-vectors do not change in another rest frame, and a particle is at rest in its own', (t) => {
  const component = fc.double({ min: 1, max: 50, noNaN: true });
  const particle = fc
    .tuple(fc.double({ min: 5, max: 50, noNaN: true }), component, component, component)
    .map(([mass, px, py, pz]): ToyParticle => [mass, Math.sqrt(mass ** 2 + px ** 2 + py ** 2 + pz ** 2), px, py, pz]);
  fc.assert(
    fc.property(particle, particle, (a, b) => {
      const scale = a[1] * b[1];
      const mass = truth('mass(top + top_bar)', a, b);
      const boosted = truth('mass(boost(top, top + top_bar) + boost(top_bar, top + top_bar))', a, b);
      t.true(near(boosted, mass, scale));
      t.true(near(truth('p(boost(top, top))', a), 0, a[1]));
      t.true(near(truth('energy(boost(top, top))', a), a[0], a[1] * 10));
      t.true(Math.abs(truth('cosThetaStar(top, top + top_bar)', a, b)) <= 1);
    }),
    { numRuns: 50 },
  );
});

test('in the rest frame of two particles they fly apart, back to back', (t) => {
  const [a, b]: ToyParticle[] = [
    [1, Math.sqrt(1 + 25 + 4), 5, 0, 2],
    [2, Math.sqrt(4 + 1 + 9), 0, 1, 3],
  ] as ToyParticle[];
  const pair = 'boost(top, top + top_bar), boost(top_bar, top + top_bar)';
  t.true(near(truth(`cosAngle(${pair})`, a!, b!), -1));
  t.true(near(truth(`abs(deltaPhi(${pair}))`, a!, b!), Math.PI));
});

test('differences of angles are wrapped, and distances follow from them', (t) => {
  const at = (phi: number, pz: number): ToyParticle => [0, 9, Math.cos(phi), Math.sin(phi), pz];
  t.true(near(truth('deltaPhi(top, top_bar)', at(3, 0), at(-3, 0)), 6 - 2 * Math.PI));
  t.true(near(truth('deltaPhi(top_bar, top)', at(3, 0), at(-3, 0)), 2 * Math.PI - 6));
  const [along, around] = [Math.asinh(2) - Math.asinh(-1), 0.5];
  t.true(near(truth('deltaR(top, top_bar)', at(1, 2), at(0.5, -1)), Math.hypot(along, around)));
  t.true(near(truth('transverseMass(top, top_bar)', at(0, 3), at(Math.PI, -7)), 2));
});

test('operators join as in mathematics', (t) => {
  const value = (text: string): number => truth(text, [0, 1, 1, 0, 0]);
  t.is(value('1 + 2 * 3 - 4 / 2'), 5);
  t.is(value('-(1 - 2) * 3'), 3);
  t.is(value('2 - 3 - 4'), -5);
  t.is(value('1.5e1 + .5'), 15.5);
  t.is(value('max(1, min(7, 3, 5), 2) + abs(-2) + sqrt(16) + log(exp(1))'), 10);
});

test('conditions are 1 or 0, and a comparison with what an event has not is false', (t) => {
  const events = toyEvents([
    { objects: [[0, 30, 0, 0, 0, 1]] },
    {
      objects: [
        [0, 30, 0, 0, 0, 0],
        [0, 60, 0, 0, 0, 0],
      ],
    },
  ]);
  const passes = (text: string): number[] => [...conditionExpression(TOY_SPEC, text, DETECTOR).evaluate(events)];
  t.deepEqual(passes('pt(jets[1]) > 20'), [0, 1]);
  t.deepEqual(passes('not pt(jets[1]) > 20'), [1, 0]);
  t.deepEqual(passes('pt(jets[1]) != 20'), [0, 1]);
  t.deepEqual(passes('count(jets) >= 1 and (count(b_jet) == 1 or pt(jets[0]) > 70)'), [1, 0]);
});

test('objects of the detector are sorted by pT, told apart by their classes, and absent ones are NaN', (t) => {
  const events = toyEvents([
    {
      objects: [
        [4, 30, 0.5, 1, 0, 1],
        [0.1, 99, -1, 2, 1, 0],
        [5, 60, 0, 0, 0, 0],
      ],
      met: [20, -1],
    },
    { objects: [] },
  ]);
  const values = (text: string): number[] => [...numberExpression(TOY_SPEC, text, DETECTOR).evaluate(events)];
  t.deepEqual(values('count(jets)'), [2, 0]);
  t.deepEqual(values('count(objects)'), [3, 0]);
  const [leading, absent] = values('pt(jets[0])');
  t.true(near(leading!, 60, 60) && Number.isNaN(absent));
  t.true(near(values('pt(lepton)')[0]!, 99, 99));
  t.is(values('b_jet[0].mass')[0], 4);
  t.true(near(values('pz(jets[1])')[0]!, 30 * Math.sinh(0.5), 30));
  t.true(near(values('pt(met)')[0]!, 20, 20) && near(values('pz(met)')[0]!, 0));
  t.true(near(values('sumPt(jets)')[0]!, 90, 90));
  t.is(values('sumPt(jets)')[1], 0);
  t.true(near(values('pt(sum(jets))')[0]!, Math.hypot(60 + 30 * Math.cos(1), 30 * Math.sin(1)), 90));
  t.is(values('max(jets[0].b_jet, 0)')[0], 0);
});

test('the triple whose mass is nearest is found of all objects, and none of fewer than three', (t) => {
  // Massless jets in the transverse plane, a third of a circle apart: three of the same pT have a mass of three pT.
  const jet = (pt: number, phi: number) => [0, pt, 0, phi, 0, 0] as const;
  const third = (2 * Math.PI) / 3;
  const three = [jet(60, 0), jet(59, third), jet(58, -third)];
  const events = toyEvents([{ objects: [...three, jet(50, 0)] }, { objects: three.slice(1) }, { objects: three }]);
  const values = (text: string): number[] => [...numberExpression(TOY_SPEC, text, DETECTOR).evaluate(events)];
  const massWith = (leading: number): number => Math.sqrt(3 * (leading * 59 + leading * 58 + 59 * 58));
  // The softest jet flies beside the leading one: with both of them masses are smaller still.
  const least = Math.sqrt(3 * 110 * 58);
  const wanted = { 172: massWith(60), 300: massWith(60), 165: massWith(50), 10: least };
  for (const [number, mass] of Object.entries(wanted)) {
    const [found, none, only] = values(`mass(nearestTriple(objects, ${number}))`);
    t.true(near(found!, mass, 200), `${number}: ${found}`);
    t.true(Number.isNaN(none) && near(only!, massWith(60), 200));
  }
});

test('a mistake is told with its column, and near names are suggested', (t) => {
  t.regex(mistake('pt(topp)'), /invalid expression "pt\(topp\)": at column 4: unknown name "topp", did you mean "top"/);
  t.regex(mistake('ptt(top)'), /column 1: unknown function "ptt", did you mean "pt"/);
  t.regex(mistake('pt(top'), /column 7: expected "," or "\)", but it ends/);
  t.regex(mistake('pt(top, top)'), /column 1: pt takes 1 parameter, got 2/);
  t.regex(mistake('max(1)'), /takes 2 or more parameters, got 1/);
  t.regex(mistake('top'), /expected a number, got a momentum/);
  t.regex(mistake('top + 1'), /column 5: "\+" needs two numbers or two momenta, got a momentum and a number/);
  t.regex(mistake('2 * top'), /column 3: "\*" needs two numbers, got a number and a momentum/);
  t.regex(mistake('pt'), /"pt" is a function: write pt\(\.\.\.\)/);
  t.regex(mistake('pt(top) > 3'), /expected a number, got a condition/);
  t.regex(mistake('pt(top) ~ 2'), /column 9: unknown character "~"; expected a name/);
  t.regex(mistake('pt(jets[1.5])', 'detector'), /column 9: expected the number of an object, from 0/);
  t.regex(mistake('pt(`top)'), /unknown character "`"; a quoted name ends with another `/);
  t.regex(mistake('1 2'), /column 3: expected an operator or the end, got "2"/);
  t.regex(mistake(''), /column 1: expected a number, a name or "\(", but it ends/);
  t.regex(mistake('pt(jets)', 'detector'), /got a list of objects; take one of them, as in jets\[0\]/);
  t.regex(mistake('pt(jets[4])', 'detector'), /column 8: an event has at most 4 of these objects: expected 0 to 3/);
  t.regex(mistake('jets[0].bjet', 'detector'), /unknown feature "bjet", did you mean "b_jet"/);
  t.regex(mistake('jets[0].energy', 'detector'), /unknown feature "energy"; write energy\(\.\.\.\)/);
  t.regex(mistake('pt(top)', 'detector'), /unknown name "top".*known objects of the detector: /);
  t.throws(() => conditionExpression(TOY_SPEC, 'pt(top)', LEVEL), { message: /expected a condition, e\.g\./ });
});

test('an expression is limited in length and depth, and is never code', (t) => {
  t.regex(mistake(`${'('.repeat(41)}1${')'.repeat(41)}`), /nested more than 40 deep/);
  t.regex(mistake('-'.repeat(500)), /nested more than 40 deep/);
  t.regex(mistake('1 + '.repeat(300)), /expected at most 1000 characters/);
  t.regex(mistake('constructor(top)'), /unknown function "constructor"/);
  t.regex(mistake('__proto__'), /unknown name "__proto__"/);
  t.is(truth(`${'1 + '.repeat(200)}1`, [0, 1, 1, 0, 0]), 201);
});

test('a function of a plugin is called like any other, and may not replace one', (t) => {
  const twice: ObservableFunction = {
    name: 'twice',
    description: 'twice a number',
    parameters: ['number'],
    result: 'number',
    apply: ([x]) => ({ kind: 'number', values: (x as { values: Float64Array }).values.map((each) => 2 * each) }),
  };
  const events = toyEvents([
    {
      particles: [
        [0, 1, 1, 0, 0],
        [0, 1, 1, 0, 0],
      ],
    },
  ]);
  const found = numberExpression(TOY_SPEC, 'twice(pt(top))', { ...LEVEL, functions: [twice] });
  t.deepEqual([...found.evaluate(events)], [2]);
  const again = { ...LEVEL, functions: [{ ...twice, name: 'pt' }] };
  t.throws(() => numberExpression(TOY_SPEC, '1', again), { message: /duplicate observable function: "pt"/ });
});
