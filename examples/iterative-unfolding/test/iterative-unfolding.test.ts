import assert from 'node:assert/strict';
import test from 'node:test';
import { Evaluator, Rng } from '@unfold-zoo/core';
import { truePartons } from '@unfold-zoo/core/events';
import { build, eventsInMemory, testSetting } from '@unfold-zoo/core/testing';
import plugin, { jetColumns, trijetPt } from '../src/index.js';
import { drawn, SPEC, tops } from './tops-in-memory.js';

const setting = { ...testSetting(), spec: SPEC };
const evaluate = (options: object, given = drawn()) =>
  build(Evaluator, plugin, { kind: 'iterative-unfolding', ...options }, setting).evaluate(given);

test('the trijet is that of the b jet and the two others, and there is none without a b jet', () => {
  const events = tops(500, 100, new Rng(1));
  const found = trijetPt(events, 'objects', jetColumns(SPEC, 'objects'));
  const { features } = events.inputs['objects']!;
  for (const [event, pt] of found.entries()) {
    const jet = (event * 4 + 1) * 7;
    if (features[jet + 4] === 0) assert.ok(Number.isNaN(pt));
    else assert.ok(Math.abs(pt - 3 * features[jet + 1]!) < 1e-3, `${pt}`);
  }
});

test('a spectrum that differs from that of the training events is found within five of its errors', async () => {
  const rng = new Rng(4);
  const [train, other] = [tops(40_000, 100, rng.fork('train')), tops(20_000, 120, rng.fork('test'))];
  const source = eventsInMemory(SPEC, { train, test: other });
  const given = { ...drawn(), source, events: 20_000, draws: 1, partons: truePartons(other) };
  const {
    tables: [table],
  } = await evaluate({ bins: 4, measuredBins: 8, iterations: 10 }, given);
  const training = 20_000 / 4;
  for (const { label, origin, cells } of table!.rows) {
    if (origin === 'sum') continue;
    const [truth, [unfolded, error], model] = [Number(cells[0]), cells[1]!.split(' ± ').map(Number), Number(cells[2])];
    // The truth's own fluctuation is in the measured counts too, but for migrations and for the one in ten not
    // measured.
    assert.ok(Math.abs(unfolded! - truth) < 5 * error!, `${label}: ${cells}`);
    assert.equal(model, truth);
  }
  // The bins have equal shares of the training events, so that the difference is seen at all.
  assert.ok(Math.abs(Number(table!.rows[3]!.cells[0]) - training) > 500);
});

test('a topology without the particle or without jets is refused', () => {
  assert.throws(() => evaluate({ particle: 'higgs' }), /particle.*higgs.*hadronic_top/);
  assert.throws(() => evaluate({ input: 'met' }), /input.*met.*objects/);
});
