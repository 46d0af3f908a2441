// Loads tfjs with its gradients and its JavaScript backend, without what `import '@tensorflow/tfjs'` costs each file of
// tests: half a second in which Node searches its megabytes for the names of its exports.
import { createRequire } from 'node:module';
import type {} from '@tensorflow/tfjs';

createRequire(import.meta.url)('@tensorflow/tfjs');
