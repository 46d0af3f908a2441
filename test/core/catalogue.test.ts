import type { Tensor2D } from '@tensorflow/tfjs-core';
import {
  ConditionEncoder,
  component,
  type Denoiser,
  Denoiser as DenoiserRole,
  definePlugin,
  defineRole,
  EventSpec,
  isUserError,
  Metric,
  Module,
  Rng,
} from '@unfold-zoo/core';
import { Catalogue, service } from '@unfold-zoo/core/config';
import test from 'ava';
import { z } from 'zod';

class Fake extends Module {
  constructor(
    readonly width: number,
    readonly draw: number,
  ) {
    super();
  }
  encode(): Tensor2D {
    throw new Error('not called');
  }
  predictNoise(): Tensor2D {
    throw new Error('not called');
  }
}

const encoder = (kind: string, width: number) =>
  component(ConditionEncoder, kind, {
    description: 'fixed width',
    options: z.object({ extra: z.int().default(0) }),
    create: ({ options, rng }) => new Fake(width + options.extra, rng.uniform()),
  });

const denoiser = component(DenoiserRole, 'net', {
  description: 'takes its width from the encoder',
  options: z.object({}),
  inject: [ConditionEncoder],
  create: ({ rng }, { width }) => new Fake(width, rng.uniform()) as Denoiser,
});

const plugin = definePlugin({ name: 'first', version: '1.0.0' }, [encoder('small', 4), encoder('large', 16), denoiser]);
const catalogue = new Catalogue([plugin]);

test('a component is given what it asks for, whichever was chosen', (t) => {
  for (const [kind, width] of [
    ['small', 5],
    ['large', 17],
  ] as const) {
    const choices = { conditionEncoder: { kind, extra: 1 }, denoiser: { kind: 'net' } };
    t.is((catalogue.assemble(DenoiserRole, choices, new Rng(0)) as Denoiser & Fake).width, width);
  }
});

test('swapping one component does not change the draws of another', (t) => {
  const draw = (kind: string): number => {
    const choices = { conditionEncoder: { kind, extra: 0 }, denoiser: { kind: 'net' } };
    return (catalogue.assemble(DenoiserRole, choices, new Rng(3)) as Denoiser & Fake).draw;
  };
  t.is(draw('small'), draw('large'));
});

test('a role that is needed and not set is named with what needs it and what there is', (t) => {
  const error = t.throws(() => catalogue.assemble(DenoiserRole, { denoiser: { kind: 'net' } }, new Rng(0)));
  t.true(isUserError(error));
  t.is(error?.message, 'missing conditionEncoder: denoiser "net" needs one of "small", "large"');
});

test('a role that is set and not used is refused', (t) => {
  const choices = { conditionEncoder: { kind: 'small' }, denoiser: { kind: 'net' } };
  t.notThrows(() => catalogue.checkUnused([DenoiserRole], choices));
  const error = t.throws(() => catalogue.checkUnused([ConditionEncoder], choices));
  t.regex(error?.message ?? '', /^unused denoiser/);
});

test('two plugins that offer the same kind are both named', (t) => {
  const second = definePlugin({ name: 'second', version: '1.0.0' }, [encoder('small', 1)]);
  t.throws(() => new Catalogue([plugin, second]), { message: /"small" comes from both "first" and "second"/ });
});

test('a list role gives every chosen component, in order, each with its options', (t) => {
  const scale = component(Metric, 'scale', {
    description: 'a constant',
    options: z.object({ by: z.number() }),
    create: ({ options }) => ({ label: `scale ${options.by}`, distance: () => options.by }),
  });
  const metrics = new Catalogue([definePlugin({ name: 'm', version: '1.0.0' }, [scale])]);
  const choices = {
    metrics: [
      { kind: 'scale', by: 2 },
      { kind: 'scale', by: 3 },
    ],
  };
  const labels = metrics.assembleAll(Metric, choices, new Rng(0)).map(({ label }) => label);
  t.deepEqual(labels, ['scale 2', 'scale 3']);
  t.deepEqual(metrics.assembleAll(Metric, {}, new Rng(0)), []);
});

test('a component may inject a list role and services of the run', (t) => {
  interface Table {
    readonly labels: readonly string[];
    readonly particles: number;
  }
  const Table = defineRole<Table>('table');
  const scale = component(Metric, 'one', {
    description: 'a constant',
    options: z.object({}),
    create: () => ({ label: 'one', distance: () => 1 }),
  });
  const table = component(Table, 'plain', {
    description: 'labels of the metrics',
    options: z.object({}),
    inject: [Metric, EventSpec],
    create: (_, metrics, spec) => ({ labels: metrics.map(({ label }) => label), particles: spec.particles.length }),
  });
  const both = new Catalogue([definePlugin({ name: 'm', version: '1.0.0' }, [scale, table])]);
  const choices = { metrics: [{ kind: 'one' }, { kind: 'one' }], table: { kind: 'plain' } };
  const spec = { name: 'top', particles: [{ name: 't', label: 't' }], inputs: {} };
  const assemble = (from: object) =>
    both.assemble(Table, { ...choices, ...from }, new Rng(0), [service(EventSpec, spec)]);
  t.deepEqual(assemble({}), { labels: ['one', 'one'], particles: 1 });
  t.deepEqual(assemble({ metrics: [] }), { labels: [], particles: 1 });
});

test('the schema of a role accepts its kinds with their options and refuses others with the path', (t) => {
  const schema = z.strictObject(catalogue.roleSchemas());
  t.deepEqual(schema.parse({ conditionEncoder: { kind: 'small' } }), { conditionEncoder: { kind: 'small', extra: 0 } });
  const wrong = schema.safeParse({ conditionEncoder: { kind: 'small', extra: 'x' } });
  t.deepEqual(wrong.error?.issues[0]?.path, ['conditionEncoder', 'extra']);
  t.false(schema.safeParse({ conditionEncoder: { kind: 'small', exra: 1 } }).success);
});
