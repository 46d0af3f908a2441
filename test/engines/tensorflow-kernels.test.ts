import test from 'ava';
import { kernelTests } from './kernel-tests.js';
import { startTensorflow, tensorflowTest } from './tensorflow-test.js';

test.before(() => startTensorflow());

kernelTests('tensorflow', tensorflowTest);
