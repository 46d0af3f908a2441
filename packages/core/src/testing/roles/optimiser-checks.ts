import type { Optimiser } from '../../contracts/training/optimiser.js';
import { Rng } from '../../rng.js';
import { javaScriptArithmetic } from '../../training/optimisers/javascript-arithmetic.js';
import { type Check, check, claim } from '../check.js';

/** float32 storage of weights of order 1 over a few updates. */
const ROUNDING = 1e-5;
/** Steps down a parabola at the rate `RATE`, which would take any weight of `start` to its end. */
const STEPS = 2000;
const RATE = 0.01;
/** How much of the parabola may be left: weight decay moves its lowest point. */
const LEFT = 0.05;

/** What an `Optimiser` must do. */
export function optimiserChecks(make: () => Optimiser): Check[] {
  return [
    check('what it remembers has names of its own', () => {
      const { moments } = make();
      const isNamed = moments.every((name) => name !== '' && !name.includes('.'));
      claim(isNamed && new Set(moments).size === moments.length, `it remembers "${moments.join('", "')}"`);
    }),
    check('the first update goes downhill', () => {
      const group = new Group(make(), [Float32Array.of(0, 0, 0)]);
      const gradient = Float32Array.of(0.5, -2, 1e-3);
      group.update([gradient]);
      const isDownhill = group.weights[0]!.every((weight, i) => weight * gradient[i]! < 0);
      claim(isDownhill, `gradients ${gradient.join(', ')} move weights of 0 to ${group.weights[0]!.join(', ')}`);
    }),
    check('it finds the lowest point of a parabola', () => {
      const group = new Group(make(), [start()]);
      const first = heightOf(group.weights[0]!);
      for (let step = 0; step < STEPS; step++) {
        const learningRate = RATE * (1 - step / STEPS);
        group.update([group.weights[0]!.map((weight) => weight - LOWEST)], { learningRate });
      }
      const left = heightOf(group.weights[0]!) / first;
      claim(left < LEFT, `${left} of the height is left after ${STEPS} updates`);
    }),
    check('a learning rate of 0 changes no weight', () => {
      const group = new Group(make(), [start()]);
      for (const gradient of gradients(3)) group.update([gradient], { learningRate: 0 });
      claim(isSame(group.weights, [start()]), 'weights change at a learning rate of 0');
    }),
    check('the scale multiplies the gradients', () => {
      const [scaled, plain] = [new Group(make(), [start()]), new Group(make(), [start()])];
      for (const gradient of gradients(5)) {
        scaled.update([gradient], { scale: 0.25 });
        plain.update([gradient.map((value) => 0.25 * value)]);
      }
      claim(isClose(scaled.weights, plain.weights), 'a scale of 1/4 is not as good as gradients a quarter as large');
    }),
    check('gradients stay as they were', () => {
      const given = gradients(3);
      const group = new Group(make(), [start()]);
      for (const gradient of given) group.update([gradient]);
      claim(isSame(given, gradients(3)), 'an update changes a gradient');
    }),
    check('parameters are updated alike whether they stand in one array or in several', () => {
      const whole = new Group(make(), [start()]);
      const parts = new Group(make(), [start().slice(0, 2), start().slice(2)]);
      for (const gradient of gradients(5)) {
        whole.update([gradient]);
        parts.update([gradient.slice(0, 2), gradient.slice(2)]);
      }
      claim(
        isSame(whole.weights, [Float32Array.from(parts.weights.flatMap((each) => [...each]))]),
        'the update of a weight changes with the array that it is in',
      );
    }),
    check('it goes on from saved moments as if it had never stopped', () => {
      const whole = new Group(make(), [start()]);
      const given = gradients(6);
      for (const gradient of given.slice(0, 3)) whole.update([gradient]);
      const resumed = whole.copyFor(make());
      for (const gradient of given.slice(3)) {
        whole.update([gradient]);
        resumed.update([gradient]);
      }
      claim(isSame(whole.weights, resumed.weights), 'something that it remembers is not among its moments');
    }),
  ];
}

/** The lowest point of the parabola, in every direction. */
const LOWEST = 1;

function heightOf(weights: Float32Array): number {
  return weights.reduce((sum, weight) => sum + (weight - LOWEST) ** 2, 0);
}

function start(): Float32Array {
  return Float32Array.of(-1, 2.5, 0.25, 0);
}

function gradients(count: number): Float32Array[] {
  const rng = new Rng(5);
  return Array.from({ length: count }, () => start().map(() => rng.normal()));
}

/** Weights with what their optimiser remembers. */
class Group {
  readonly weights: readonly Float32Array[];
  readonly #optimiser: Optimiser;
  #moments: Readonly<Record<string, readonly Float32Array[]>>;
  #steps = 0;

  constructor(optimiser: Optimiser, weights: readonly Float32Array[]) {
    this.#optimiser = optimiser;
    this.weights = weights;
    const zeros = optimiser.moments.map((name) => [name, weights.map(({ length }) => new Float32Array(length))]);
    this.#moments = Object.fromEntries(zeros);
  }

  update(given: readonly Float32Array[], { learningRate = RATE, scale = 1 } = {}): void {
    const { weights } = this;
    const step = { step: ++this.#steps, learningRate, scale, gradients: given, weights, moments: this.#moments };
    this.#optimiser.update(step, javaScriptArithmetic);
  }

  /** The same weights and moments, copied, with another optimiser. */
  copyFor(optimiser: Optimiser): Group {
    const copy = new Group(optimiser, copied(this.weights));
    copy.#moments = Object.fromEntries(Object.entries(this.#moments).map(([name, arrays]) => [name, copied(arrays)]));
    copy.#steps = this.#steps;
    return copy;
  }
}

function copied(arrays: readonly Float32Array[]): Float32Array[] {
  return arrays.map((array) => array.slice());
}

function isSame(some: readonly Float32Array[], others: readonly Float32Array[]): boolean {
  return some.every((array, p) => array.every((value, i) => Object.is(value, others[p]![i])));
}

function isClose(some: readonly Float32Array[], others: readonly Float32Array[]): boolean {
  return some.every((array, p) => array.every((value, i) => Math.abs(value - others[p]![i]!) <= ROUNDING));
}
