import test from 'node:test';
import { Evaluator } from '@unfold-zoo/core';
import { build, evaluatorChecks, testSetting } from '@unfold-zoo/core/testing';
import plugin from '../src/index.js';
import { drawn, SPEC } from './tops-in-memory.js';

const choice = { kind: 'iterative-unfolding', bins: 5, measuredBins: 8 };
const setting = { ...testSetting(), spec: SPEC };
const checks = evaluatorChecks(() => build(Evaluator, plugin, choice, setting), drawn);
for (const [title, check] of checks) test(title, check);
