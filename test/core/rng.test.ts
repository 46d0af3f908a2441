import '../tfjs.js';
import { Rng } from '@unfold-zoo/core';
import { antitheticTimes } from '@unfold-zoo/core/diffusion';
import test from 'ava';

const draws = (rng: Rng, count: number): number[] => Array.from({ length: count }, () => rng.uniform());

test('the same seed gives the same stream and another seed another one', (t) => {
  t.deepEqual(draws(new Rng(7), 50), draws(new Rng(7), 50));
  t.notDeepEqual(draws(new Rng(7), 50), draws(new Rng(8), 50));
});

test('a fork depends on the names that lead to it and not on what its parent has drawn', (t) => {
  const parent = new Rng(1);
  const before = draws(parent.fork('data'), 20);
  parent.normal();
  draws(parent, 13);
  t.deepEqual(draws(parent.fork('data'), 20), before);
  t.notDeepEqual(draws(parent.fork('date'), 20), before);
  t.notDeepEqual(draws(new Rng(1).fork('x').fork('data'), 20), before);
});

test('streams of neighbouring names are uncorrelated', (t) => {
  const n = 4000;
  const rng = new Rng(3);
  for (let step = 0; step < 8; step++) {
    const a = draws(rng.fork(`step ${step}`), n);
    const b = draws(rng.fork(`step ${step + 1}`), n);
    const correlation = a.reduce((sum, x, i) => sum + (x - 0.5) * (b[i]! - 0.5), 0) / (n / 12);
    // Standard deviation 1 / sqrt(n) = 0.016; 5 of them.
    t.true(Math.abs(correlation) < 5 / Math.sqrt(n), `${correlation}`);
  }
});

test('first draws of many forks are uniform', (t) => {
  const n = 20_000;
  const counts = new Array<number>(20).fill(0);
  const rng = new Rng(0);
  for (let i = 0; i < n; i++) counts[Math.floor(20 * rng.fork(`step ${i}`).uniform())]!++;
  const chiSquared = counts.reduce((sum, count) => sum + (count - n / 20) ** 2 / (n / 20), 0);
  // 19 degrees of freedom: mean 19, standard deviation 6.2.
  t.true(chiSquared < 19 + 5 * 6.2, `${chiSquared}`);
});

test('uniform and normal draws have the moments of their distributions', (t) => {
  const n = 200_000;
  const rng = new Rng(5);
  const uniforms = draws(rng, n);
  const normals = Array.from({ length: n }, () => rng.normal());
  const mean = (values: number[], power: number): number => values.reduce((sum, x) => sum + x ** power, 0) / n;
  const tolerance = (variance: number): number => 5 * Math.sqrt(variance / n);
  t.true(Math.abs(mean(uniforms, 1) - 1 / 2) < tolerance(1 / 12));
  t.true(Math.abs(mean(uniforms, 2) - 1 / 3) < tolerance(4 / 45));
  t.true(Math.abs(mean(normals, 1)) < tolerance(1));
  t.true(Math.abs(mean(normals, 2) - 1) < tolerance(2));
  t.true(Math.abs(mean(normals, 3)) < tolerance(15));
  t.true(Math.abs(mean(normals, 4) - 3) < tolerance(96));
});

test('integers fill their range evenly', (t) => {
  const rng = new Rng(9);
  const counts = new Array<number>(7).fill(0);
  for (let i = 0; i < 70_000; i++) counts[rng.integer(7)]!++;
  const chiSquared = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
  t.true(chiSquared < 6 + 5 * Math.sqrt(12), `${chiSquared}`);
  t.throws(() => rng.integer(0), { message: /invalid bound/ });
});

test('a shuffle is a permutation and each place is equally likely', (t) => {
  const rng = new Rng(2);
  const places = new Array<number>(5).fill(0);
  for (let i = 0; i < 5000; i++) {
    const shuffled = rng.shuffle(Uint32Array.from([0, 1, 2, 3, 4]));
    places[shuffled.indexOf(0)]!++;
    t.deepEqual([...shuffled].sort(), [0, 1, 2, 3, 4]);
  }
  const chiSquared = places.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
  t.true(chiSquared < 4 + 5 * Math.sqrt(8), `${chiSquared}`);
});

test('workers that share a batch draw together what one worker draws for the whole', (t) => {
  const rng = new Rng(11).fork('step 3');
  const draw = (stream: Rng, rows: number) => [
    ...[stream.normalTensor(rows, 3), stream.uniformTensor(rows), antitheticTimes(rows, stream)],
    stream.fork('noise').normalTensor(rows, 2),
  ];
  const whole = draw(rng.forShare({ rank: 0, world: 1 }), 12);
  const parts = [0, 1, 2].map((rank) => draw(rng.forShare({ rank, world: 3 }), 4));
  for (const [i, tensor] of whole.entries()) {
    const joined = parts.flatMap((part) => [...part[i]!.dataSync()]);
    t.deepEqual(joined, [...tensor.dataSync()]);
  }
});

test('of several times an event, workers draw theirs', (t) => {
  const times = (rank: number, world: number): Float32Array =>
    antitheticTimes(12 / world, new Rng(5).forShare({ rank, world }), 2).dataSync<'float32'>();
  const [whole, first, second] = [times(0, 1), times(0, 2), times(1, 2)];
  for (const k of [0, 1]) {
    const joined = [first, second].flatMap((part) => [...part.subarray(6 * k, 6 * k + 6)]);
    t.deepEqual(joined, [...whole.subarray(12 * k, 12 * k + 12)]);
  }
});

test('rows of a tensor, and tensors of a stream, are independent normal draws', (t) => {
  const n = 20_000;
  const rng = new Rng(6);
  const [first, second] = [rng.normalTensor(n, 2).dataSync(), rng.normalTensor(n, 2).dataSync()];
  const correlation = (pair: (i: number) => number): number =>
    Array.from({ length: n - 1 }, (_, i) => pair(i)).reduce((sum, x) => sum + x, 0) / n;
  const tolerance = 5 / Math.sqrt(n);
  t.true(Math.abs(correlation((i) => first[2 * i]!)) < tolerance);
  t.true(Math.abs(correlation((i) => first[2 * i]! * first[2 * i + 1]!)) < tolerance);
  t.true(Math.abs(correlation((i) => first[2 * i]! * first[2 * i + 2]!)) < tolerance);
  t.true(Math.abs(correlation((i) => first[2 * i]! * second[2 * i]!)) < tolerance);
  t.true(Math.abs(correlation((i) => first[2 * i]! ** 2 - 1)) < tolerance * Math.sqrt(2));
});

test('tensors of several streams have the rows that each stream alone would draw', (t) => {
  const [a, b] = [new Rng(1), new Rng(2)];
  const rows = Rng.ofRows([
    { stream: a, first: 3, count: 2 },
    { stream: b, first: 0, count: 1 },
    { stream: a, first: 0, count: 1 },
  ]);
  const draw = (stream: Rng, size: number): number[][] => {
    const tensors = [
      stream.normalTensor(size, 2),
      stream.fork('more').normalTensor(size, 3),
      stream.normalTensor(size, 4),
    ];
    const uniform = [...stream.uniformTensor(size).dataSync()];
    return uniform.map((value, i) => [...tensors.flatMap((tensor) => tensor.arraySync()[i]!), value]);
  };
  const [ofA, ofB] = [draw(new Rng(1), 5), draw(new Rng(2), 5)];
  t.deepEqual(draw(rows, 4), [ofA[3]!, ofA[4]!, ofB[0]!, ofA[0]!]);
});

test('rows of streams do not depend on what the streams have drawn', (t) => {
  const stream = new Rng(1);
  const rows = () =>
    Rng.ofRows([{ stream, first: 2, count: 2 }])
      .normalTensor(2, 3)
      .dataSync();
  const before = rows();
  stream.normalTensor(2, 3);
  t.deepEqual(rows(), before);
});

test('of several streams only tensors can be drawn, with a row for each of theirs', (t) => {
  const rows = Rng.ofRows([{ stream: new Rng(1), first: 0, count: 2 }]);
  t.throws(() => rows.uniform(), { message: /it draws tensors, and nothing else/ });
  t.throws(() => rows.normal(), { message: /it draws tensors, and nothing else/ });
  t.throws(() => rows.shuffle([1, 2, 3]), { message: /it draws tensors, and nothing else/ });
  t.throws(() => rows.forShare({ rank: 0, world: 2 }), { message: /it draws tensors, and nothing else/ });
  t.throws(() => rows.normalTensor(3, 1), { message: /the streams of Rng.ofRows have 2, got 3/ });
});
