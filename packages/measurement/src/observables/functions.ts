import { NUMBER_FUNCTIONS } from '@unfold-zoo/core/expressions';
import { nearestTriple } from './nearest-triple.js';
import type { ObservableFunction } from './observable-function.js';
import {
  absoluteMomentum,
  addMomenta,
  boostToRestFrame,
  cosAngle,
  cosThetaStar,
  deltaEta,
  deltaPhi,
  deltaR,
  eta,
  mass,
  momentum,
  phi,
  pt,
  rapidity,
  transverseMass,
} from './values/four-vectors.js';
import { eachEvent, type MomentumValue, type NumberValue, numbers, type ObjectsValue } from './values/values.js';

/** The functions that every expression may call. */
export const OBSERVABLE_FUNCTIONS: readonly ObservableFunction[] = [
  ofMomentum('pt', 'transverse momentum, GeV', pt),
  ofMomentum('eta', 'pseudorapidity', eta),
  ofMomentum('phi', 'azimuth, rad, from -pi to pi', phi),
  ofMomentum('mass', 'mass, GeV; of a sum, that of E and p, negative where E < |p|', mass),
  ofMomentum('energy', 'energy, GeV', ({ energy }) => energy),
  ofMomentum('px', 'momentum along x, GeV', ({ px }) => px),
  ofMomentum('py', 'momentum along y, GeV', ({ py }) => py),
  ofMomentum('pz', 'momentum along the beam, GeV', ({ pz }) => pz),
  ofMomentum('p', 'absolute momentum, GeV', absoluteMomentum),
  ofMomentum('y', 'rapidity', rapidity),
  ofTwoMomenta('deltaPhi', 'phi of the first less phi of the second, rad, from -pi to pi', deltaPhi),
  ofTwoMomenta('deltaEta', 'eta of the first less eta of the second', deltaEta),
  ofTwoMomenta('deltaR', 'distance in eta and phi', deltaR),
  ofTwoMomenta('cosAngle', 'cosine of the angle between two momenta', cosAngle),
  ofTwoMomenta('transverseMass', 'sqrt(2 pt pt (1 - cos deltaPhi)), GeV', transverseMass),
  ofTwoMomenta(
    'cosThetaStar',
    'cosine of the angle between the first, in the rest frame of the second, and the flight of the second',
    cosThetaStar,
  ),
  {
    name: 'boost',
    description: 'the first momentum in the rest frame of the second',
    parameters: ['momentum', 'momentum'],
    result: 'momentum',
    apply: ([a, b]) => boostToRestFrame(a as MomentumValue, b as MomentumValue),
  },
  {
    name: 'count',
    description: 'how many objects an event has',
    parameters: ['objects'],
    result: 'number',
    apply: ([objects]) => numbers((objects as ObjectsValue).count),
  },
  {
    name: 'sum',
    description: 'the sum of the momenta of all objects of an event',
    parameters: ['objects'],
    result: 'momentum',
    apply: ([objects]) => sumOf(objects as ObjectsValue),
  },
  {
    name: 'sumPt',
    description: 'the sum of the transverse momenta of all objects of an event, GeV',
    parameters: ['objects'],
    result: 'number',
    apply: ([objects]) => numbers(sumOfPt(objects as ObjectsValue)),
  },
  {
    name: 'nearestTriple',
    description: 'the sum of the three objects whose mass is nearest to a number, GeV; without three there is none',
    parameters: ['objects', 'number'],
    result: 'momentum',
    apply: ([objects, wanted]) => nearestTriple(objects as ObjectsValue, (wanted as NumberValue).values),
  },
  ...NUMBER_FUNCTIONS.map(({ name, description, compute }) => ofNumber(name, description, compute)),
  ofNumbers('min', 'the smallest', Math.min),
  ofNumbers('max', 'the largest', Math.max),
];

function ofMomentum(
  name: string,
  description: string,
  compute: (p: MomentumValue) => Float64Array,
): ObservableFunction {
  const apply: ObservableFunction['apply'] = ([p]) => numbers(compute(p as MomentumValue));
  return { name, description, parameters: ['momentum'], result: 'number', apply };
}

function ofTwoMomenta(
  name: string,
  description: string,
  compute: (a: MomentumValue, b: MomentumValue) => Float64Array,
): ObservableFunction {
  const apply: ObservableFunction['apply'] = ([a, b]) => numbers(compute(a as MomentumValue, b as MomentumValue));
  return { name, description, parameters: ['momentum', 'momentum'], result: 'number', apply };
}

function ofNumber(name: string, description: string, compute: (x: number) => number): ObservableFunction {
  const apply: ObservableFunction['apply'] = ([x]) => numbers((x as NumberValue).values.map((each) => compute(each)));
  return { name, description, parameters: ['number'], result: 'number', apply };
}

function ofNumbers(name: string, description: string, compute: (...all: number[]) => number): ObservableFunction {
  const apply: ObservableFunction['apply'] = (parameters) => {
    const columns = (parameters as NumberValue[]).map(({ values }) => values);
    return numbers(eachEvent(columns[0]!.length, (i) => compute(...columns.map((column) => column[i]!))));
  };
  return { name, description, parameters: ['number', 'number'], repeatsLast: true, result: 'number', apply };
}

/** Sums over the objects that an event has: those that it has not are NaN. */
function sumOf(objects: ObjectsValue): MomentumValue {
  const count = objects.count.length;
  const zero = (): Float64Array => new Float64Array(count);
  let sum = momentum({ energy: zero(), px: zero(), py: zero(), pz: zero() });
  for (let index = 0; index < objects.capacity; index++) sum = addMomenta(sum, presentOnly(objects, index));
  return sum;
}

function presentOnly(objects: ObjectsValue, index: number): MomentumValue {
  const found = objects.element(index);
  const orZero = (column: Float64Array) => column.map((value, event) => (objects.count[event]! > index ? value : 0));
  return momentum({
    energy: orZero(found.energy),
    px: orZero(found.px),
    py: orZero(found.py),
    pz: orZero(found.pz),
  });
}

function sumOfPt(objects: ObjectsValue): Float64Array {
  const sum = new Float64Array(objects.count.length);
  for (let index = 0; index < objects.capacity; index++) {
    const each = pt(presentOnly(objects, index));
    for (let event = 0; event < sum.length; event++) sum[event]! += each[event]!;
  }
  return sum;
}
