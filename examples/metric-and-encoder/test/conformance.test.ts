import test from 'node:test';
import { ConditionEncoder, Metric } from '@unfold-zoo/core';
import { build, conditionEncoderChecks, metricChecks } from '@unfold-zoo/core/testing';
import plugin from '../src/index.js';

// It has no unit: the same for samples that are stretched alike.
const metric = metricChecks(() => build(Metric, plugin, { kind: 'anderson-darling' }), { degree: 0 });
for (const [title, check] of metric) test(`anderson-darling: ${title}`, check);

const choice = { kind: 'attention-pooling', width: 8, queries: 3 };
const encoder = conditionEncoderChecks((setting) => build(ConditionEncoder, plugin, choice, setting));
for (const [title, check] of encoder) test(`attention-pooling: ${title}`, check);
