import test from 'node:test';
import { GenerativeModel } from '@unfold-zoo/core';
import { build, generativeModelChecks } from '@unfold-zoo/core/testing';
import plugin from '../src/index.js';

const choice = { kind: 'flow-matching', width: 8, blocks: 2, embedding: 4, steps: 3 };
const checks = generativeModelChecks((setting) => build(GenerativeModel, plugin, choice, setting));
for (const [title, check] of checks) test(title, check);
