import { Engine, EventSource } from '@unfold-zoo/core';
import type { Catalogue } from '@unfold-zoo/core/config';
import { fileName, filePath } from '@unfold-zoo/core/files';
import { fileOptions, filePaths } from '@unfold-zoo/data';
import {
  energyConvention,
  ObservableFunction,
  observableSchema,
  RatioEstimator,
  Unfolder,
} from '@unfold-zoo/measurement';
import { z } from 'zod';
import { predictionSchema } from './predictions.js';

/** The tests of methods that a measurement can run. */
export const METHOD_TESTS = ['closure', 'linearity', 'coverage', 'bottom-line'] as const;

const errors = z.strictObject({
  replicas: z
    .int()
    .min(2)
    .max(10_000)
    .default(100)
    .describe('Poisson replicas of the measured events, for the covariance of all bins of all observables'),
  simulationReplicas: z
    .int()
    .min(2)
    .max(10_000)
    .default(50)
    .describe('Poisson replicas of the simulated events, for the errors that their number makes'),
});

const pseudoData = z.strictObject({
  weight: z
    .string()
    .default('1')
    .describe('Expression of the truth, by which the weight of every event is multiplied; at least 0'),
  events: z
    .number()
    .gt(0)
    .optional()
    .describe('Events that are expected of all in `data`, measured or not. Default: the sum of their weights'),
});

const unfoldedEvents = z.strictObject({
  format: z.enum(['hdf5', 'parquet']).default('hdf5').describe('Of the files of unfolded events'),
  replicas: z
    .int()
    .min(0)
    .default(0)
    .describe(
      'Replicas of the data whose weights are written beside those of the result, for errors in any bins; ' +
        ' the first ones of errors.replicas, each of which is unfolded once more',
    ),
});

const testing = z.strictObject({
  toys: z.int().min(1).default(200).describe('Toys of the test coverage'),
  slope: z
    .number()
    .min(-0.9)
    .max(0.9)
    .default(0.3)
    .describe('Slope of the toys: how much higher the last bin is, and the first lower, than in the simulation'),
});

/** The schema of measurement files, for what the loaded plugins offer. */
export function measurementSchema(catalogue: Catalogue) {
  const sample = z.union([filePaths(), catalogue.schemaOf(EventSource.key)]);
  const functions = catalogue.roles.includes(ObservableFunction.key)
    ? z.array(catalogue.schemaOf(ObservableFunction.key))
    : z.array(z.never('no loaded plugin has such functions'));
  return z.strictObject({
    name: fileName().optional().describe('What to call the measurement. Default: the name of its file'),
    plugins: z.array(z.string()).optional().describe('Packages or files of plugins'),
    seed: z.int().min(0).default(0).describe('Seed of replicas and toys'),
    topology: fileOptions.shape.topology,
    topologyFile: filePath().optional().describe('YAML file with a topology, instead of `topology`'),
    simulation: sample.describe(
      'Simulated events with truth: files, or a source as `data` of a run, of which the training split is taken',
    ),
    simulationScale: z
      .number()
      .gt(0)
      .default(1)
      .describe('Factor of the weights of the simulation, to make it the prediction of so much data'),
    data: sample.describe(
      'Measured events: files, or a source as `data` of a run, of which the test split is taken. If their truth is ' +
        'known, results are compared with it',
    ),
    pseudoData: pseudoData
      .optional()
      .describe(
        'Makes data of simulated events: each counts a Poisson number of times. Events of backgrounds are mixed in ' +
          'likewise. Results are compared with the truth that is expected, and the test coverage makes toys of it',
      ),
    backgrounds: z
      .record(z.string(), z.strictObject({ events: sample, scale: z.number().default(1).describe('Of its weights') }))
      .default({})
      .describe('Simulated events of other processes, by name; taken off the data as events of negative weight'),
    systematics: z
      .record(
        fileName(),
        z.strictObject({
          up: sample.describe('The simulation as it is with the source of the error turned up, or another generator'),
          down: sample.optional().describe('The same turned down. Default: the error is that of `up`, to both sides'),
          scale: z.number().gt(0).optional().describe('Factor of its weights. Default: simulationScale'),
        }),
      )
      .default({})
      .describe('Systematic errors, by name: other simulations, or the same with another weight, to unfold with'),
    predictions: z
      .record(fileName(), predictionSchema)
      .default({})
      .describe('Published results to compare with, by name'),
    luminosity: z.number().gt(0).optional().describe('Of the data, 1/fb; makes results cross sections in fb'),
    energy: energyConvention,
    selection: z
      .strictObject({
        truth: z.string().optional().describe('Condition of the true phase space; others are fakes if measured'),
        detector: z.string().optional().describe('Condition of measured events; others are missed'),
      })
      .prefault({})
      .describe('Which events count, by conditions such as pt(lepton) > 25 and count(jets) >= 4'),
    observables: z.record(fileName(), observableSchema).describe('What is measured, by name'),
    observableFunctions: functions.default([]).describe('Functions of plugins that expressions call'),
    unfolders: z
      .array(catalogue.schemaOf(Unfolder.key))
      .min(1)
      .prefault([{ kind: 'iterative-bayes' }])
      .describe('Methods, side by side'),
    classifier: catalogue
      .schemaOf(RatioEstimator.key)
      .prefault({ kind: 'network' })
      .describe('What tells samples of events apart, for methods that weight events'),
    engine: catalogue
      .schemaOf(Engine.key)
      .prefault({ kind: 'auto' })
      .describe('What networks are trained on, as the engine of a run'),
    errors: errors.prefault({}).describe('How errors are found'),
    unfoldedEvents: unfoldedEvents.prefault({}).describe('What is written of the events of methods of events'),
    tests: z.array(z.enum(METHOD_TESTS)).default([]).describe('Tests of the methods'),
    testing: testing.prefault({}).describe('How methods are tested'),
  });
}

/** Parsed keys of a measurement file. */
export type MeasurementKeys = z.output<ReturnType<typeof measurementSchema>>;
