import type { Component, Evaluator } from '@unfold-zoo/core';
import { calibrationEvaluator } from './calibration/calibration.js';
import { classifierEvaluator } from './classifier/classifier.js';
import { resolutionEvaluator } from './resolution/resolution.js';

/** Every evaluator of this package, in the order in which a diagnosis shows what they found. */
export const diagnosticEvaluators: readonly Component<Evaluator>[] = [
  calibrationEvaluator,
  classifierEvaluator,
  resolutionEvaluator,
];
