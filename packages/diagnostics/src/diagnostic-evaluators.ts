import type { Component, Evaluator } from '@unfold-zoo/core';
import { calibrationEvaluator } from './calibration/calibration.js';
import { classifierEvaluator } from './classifier/classifier.js';
import { fourVectorEvaluator } from './four-vectors/four-vectors.js';
import { memoryEvaluator } from './memory/memory.js';
import { objectsEvaluator } from './objects/objects.js';
import { pqMassEvaluator } from './pq-mass/pq-mass.js';
import { resolutionEvaluator } from './resolution/resolution.js';
import { slicedWassersteinEvaluator } from './sliced-wasserstein/sliced-wasserstein.js';

/** Every evaluator of this package, in the order in which a diagnosis shows what they found. */
export const diagnosticEvaluators: readonly Component<Evaluator>[] = [
  calibrationEvaluator,
  classifierEvaluator,
  resolutionEvaluator,
  fourVectorEvaluator,
  objectsEvaluator,
  memoryEvaluator,
  pqMassEvaluator,
  slicedWassersteinEvaluator,
];
