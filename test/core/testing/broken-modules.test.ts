import * as tf from '@tensorflow/tfjs-core';
import {
  type ConditionEncoder,
  type Denoiser,
  type EncodedObservation,
  type LatentCodec,
  type LatentPosterior,
  Module,
  type NoiseLevel,
  type NoisePredictor,
  type NoiseSchedule,
  type Observation,
  type Rng,
} from '@unfold-zoo/core';
import { partonWidth } from '@unfold-zoo/core/events';
import type { EncodedObjects } from '@unfold-zoo/core/nn';
import {
  conditionEncoderChecks,
  denoiserChecks,
  type Flow,
  flowChecks,
  LinearCodec,
  LinearDenoiser,
  latentCodecChecks,
  type Make,
  MeanEncoder,
  noiseScheduleChecks,
  type Setting,
  StraightSchedule,
} from '@unfold-zoo/core/testing';
import { conforms, refusesBroken } from './broken.js';

const unused = () => tf.tidy(() => tf.variable(tf.ones([2])));
let calls = 0;

// Encoders

const encoder: Make<ConditionEncoder> = ({ spec, rng }) => new MeanEncoder(6, spec, rng);

/** An encoder whose summary is changed by what it observed. */
function changedEncoder(change: (summary: tf.Tensor2D, observed: Observation) => tf.Tensor): Make<ConditionEncoder> {
  class Changed extends MeanEncoder {
    override encode(observed: Observation): tf.Tensor2D {
      return change(super.encode(observed), observed) as tf.Tensor2D;
    }
  }
  return ({ spec, rng }) => new Changed(6, spec, rng);
}

const jets = (observed: Observation) => observed['jets']!;

/** Its objects come with a summary of their own. */
class TwoSummariesEncoder extends MeanEncoder {
  override encode(observed: Observation): tf.Tensor2D {
    return tf.mul(2, super.encode(observed));
  }
}

refusesBroken('conditionEncoder', conditionEncoderChecks, encoder, {
  'objects come with the same summary, one for each that is there': [
    ({ spec, rng }) => new TwoSummariesEncoder(6, spec, rng),
    /the summary with objects is another/,
  ],
  'the summary has the width of the encoder, one row an event': [
    changedEncoder((summary) => tf.concat([summary, summary], 1)),
    /has shape \[4,12\], expected \[4,6\]/,
  ],
  'the order of objects does not matter': [
    changedEncoder((summary, observed) =>
      tf.add(summary, tf.max(tf.slice(jets(observed).features, [0, 0, 0], [-1, 1, -1]), [1, 2], true).squeeze([2])),
    ),
    /reordered/,
  ],
  'more padding does not matter': [
    changedEncoder((summary, observed) => tf.mul(summary, jets(observed).mask.shape[1])),
    /padding is added/,
  ],
  'what stands in padding does not matter': [
    changedEncoder((summary, observed) => tf.add(summary, tf.sum(jets(observed).features, [1, 2]).expandDims(1))),
    /place of padding/,
  ],
  'an event does not depend on the others of its batch': [
    changedEncoder((summary) => tf.sub(summary, tf.mean(summary, 0))),
    /others of its batch/,
  ],
  'every object that is there matters': [
    ({ spec, rng }: Setting) =>
      new (class extends MeanEncoder {
        override encode(observed: Observation) {
          const { features, mask } = observed['missing']!;
          return super.encode({ ...observed, missing: { features: tf.zerosLike(features), mask } });
        }
      })(6, spec, rng),
    /does not depend on the input "missing"/,
  ],
  ...brokenModule<ConditionEncoder>({
    unseeded: ({ spec, rng }) => new MeanEncoder(6, spec, rng.fork(`${calls++}`)),
    infinite: changedEncoder((summary) => tf.div(summary, 0)),
    withUnused: ({ spec, rng }) => Object.assign(new MeanEncoder(6, spec, rng), { unused: unused() }),
    leaking: changedEncoder((summary) => tf.keep(tf.clone(summary))),
    changing: ({ spec, rng }) => {
      const made = new MeanEncoder(6, spec, rng);
      const encode = made.encode.bind(made);
      return Object.assign(made, { encode: (observed: Observation) => changeThen(made, () => encode(observed)) });
    },
  }),
});

/** A broken implementation for each check that all modules share. */
function brokenModule<T>(makes: {
  readonly unseeded: Make<T>;
  readonly infinite: Make<T>;
  readonly withUnused: Make<T>;
  readonly leaking: Make<T>;
  readonly changing: Make<T>;
}): Record<string, readonly [Make<T>, RegExp]> {
  return {
    'the same seed gives the same weights and the same output': [makes.unseeded, /differ between two that were made/],
    'every number that comes out is finite': [makes.infinite, /not finite/],
    'every parameter receives a gradient': [makes.withUnused, /no gradient reaches unused/],
    'no tensor outlives the tidy that it was made in': [makes.leaking, /tensors are left behind/],
    'using it changes none of its parameters': [makes.changing, /has another value after use/],
  };
}

function changeThen<T>(module: Module, use: () => T): T {
  const [first] = module.parameters;
  first!.assign(tf.add(first!, 1));
  return use();
}

// Codecs

const widths = ({ spec, conditionWidth }: Setting) => ({ partons: partonWidth(spec), condition: conditionWidth });
const codec: Make<LatentCodec> = (setting) => new LinearCodec(4, widths(setting), setting.rng);

function changedCodec(
  change: (posterior: LatentPosterior, codec: LinearCodec) => Partial<LatentPosterior>,
  decode: (partons: tf.Tensor2D) => tf.Tensor = (partons) => partons,
): Make<LatentCodec> {
  class Changed extends LinearCodec {
    override encode(partons: tf.Tensor2D, condition: tf.Tensor2D): LatentPosterior {
      const posterior = super.encode(partons, condition);
      return { ...posterior, ...change(posterior, this) };
    }
    override decode(latent: tf.Tensor2D, condition: tf.Tensor2D): tf.Tensor2D {
      return decode(super.decode(latent, condition)) as tf.Tensor2D;
    }
  }
  return (setting) => new Changed(4, widths(setting), setting.rng);
}

refusesBroken('codec', (make: Make<LatentCodec>) => latentCodecChecks(make), codec, {
  'draws and KL are as wide as the latent, and reconstructions as the partons': [
    changedCodec(
      () => ({}),
      (partons) => tf.concat([partons, partons], 1),
    ),
    /a reconstruction has shape \[4,20\], expected \[4,10\]/,
  ],
  'the KL is never negative': [
    changedCodec(({ kl }) => ({ kl: (mean, logStd) => tf.sub(kl(mean, logStd), 5) })),
    /is negative/,
  ],
  'a KL to one reference for all is the KL to that reference for each': [
    changedCodec(({ kl }) => ({
      kl: (mean, logStd) => (mean.rank === 0 ? kl(tf.mul(2, mean), logStd) : kl(mean, logStd)),
    })),
    /scalar and filled/,
  ],
  'the KL is that of its draws, and zero for a deterministic codec': [
    changedCodec(({ kl }) => ({ kl: (mean, logStd) => tf.mul(2, kl(mean, logStd)) })),
    /the KL changes by .* and draws say/,
  ],
  'the same seed gives the same draws': [
    changedCodec(({ sample }) => ({ sample: (rng) => sample(rng.fork(`${calls++}`)) })),
    /two draws with the same seed differ/,
  ],
  'an event does not depend on the others of its batch': [
    changedCodec(
      () => ({}),
      (partons) => tf.sub(partons, tf.mean(partons, 0)),
    ),
    /others of its batch/,
  ],
  ...brokenModule<LatentCodec>({
    unseeded: (setting) => new LinearCodec(4, widths(setting), setting.rng.fork(`${calls++}`)),
    infinite: changedCodec(
      () => ({}),
      (partons) => tf.log(tf.sub(-1, tf.square(partons))),
    ),
    withUnused: (setting) => Object.assign(new LinearCodec(4, widths(setting), setting.rng), { unused: unused() }),
    leaking: changedCodec(({ sample }) => ({ sample: (rng) => tf.keep(sample(rng)) })),
    changing: changedCodec((posterior, own) => changeThen(own, () => posterior)),
  }),
});

const deterministic = (kl: number) =>
  latentCodecChecks(
    changedCodec(({ sample }) => ({
      sample: () => tf.mul(0, sample(fixed)),
      kl: (mean) => tf.add(kl, tf.zeros<tf.Rank.R2>([mean.shape[0] ?? 4, 4])),
    })),
  );
const fixed = { normalTensor: (rows: number, columns: number) => tf.zeros([rows, columns]) } as unknown as Rng;

refusesBroken(
  'deterministic codec',
  (checks: ReturnType<typeof deterministic>) => checks.filter(([title]) => /zero for/.test(title)),
  deterministic(0),
  {
    'the KL is that of its draws, and zero for a deterministic codec': [deterministic(1), /its KL is not zero/],
  },
);

refusesBroken(
  'codec with a constant in its KL',
  (make: Make<LatentCodec>) => latentCodecChecks(make).filter(([title]) => /zero for/.test(title)),
  codec,
  {
    'the KL is that of its draws, and zero for a deterministic codec': [
      changedCodec(({ kl }) => ({ kl: (mean, logStd) => tf.add(kl(mean, logStd), 0.1) })),
      /the KL to the distribution of its own draws is 0.1/,
    ],
  },
);

// Schedules

/** gamma = -6 + 10 t^(1 + bend), with a trainable bend. */
class BentSchedule extends Module implements NoiseSchedule {
  readonly bend = tf.tidy(() => tf.variable(tf.scalar(0.5)));

  get shapeParameters() {
    return [this.bend];
  }

  gamma(t: tf.Tensor1D, gate = (values: tf.Tensor1D) => values): tf.Tensor1D {
    return tf.add(-6, tf.mul(10, gate(tf.pow(tf.maximum(t, 1e-6), tf.add(1, this.bend)))));
  }

  gammaSlope(t: tf.Tensor1D, gate = (values: tf.Tensor1D) => values): tf.Tensor1D {
    return gate(tf.mul(tf.mul(10, tf.add(1, this.bend)), tf.pow(tf.maximum(t, 1e-6), this.bend)));
  }
}

type Gate = (values: tf.Tensor1D) => tf.Tensor1D;

function changedSchedule(
  gamma: (values: tf.Tensor1D, t: tf.Tensor1D, schedule: BentSchedule) => tf.Tensor,
  slope: (values: tf.Tensor1D, t: tf.Tensor1D, schedule: BentSchedule) => tf.Tensor = (values) => values,
): Make<NoiseSchedule> {
  class Changed extends BentSchedule {
    override gamma(t: tf.Tensor1D, gate?: Gate): tf.Tensor1D {
      return gamma(super.gamma(t, gate), t, this) as tf.Tensor1D;
    }
    override gammaSlope(t: tf.Tensor1D, gate?: Gate): tf.Tensor1D {
      return slope(super.gammaSlope(t, gate), t, this) as tf.Tensor1D;
    }
  }
  return () => new Changed();
}

conforms(
  'schedule with a trainable bend',
  noiseScheduleChecks(() => new BentSchedule()),
);

refusesBroken('schedule', noiseScheduleChecks, () => new BentSchedule(), {
  'gamma and its slope have one entry a time': [
    changedSchedule((gamma) => tf.expandDims(gamma, 1)),
    /gamma has shape \[5,1\]/,
  ],
  'gamma increases with time': [
    changedSchedule((gamma, t) => tf.add(gamma, tf.mul(2, tf.sin(tf.mul(20, t))))),
    /gamma does not increase from t = /,
  ],
  'the ends of gamma are finite and within what float32 resolves': [
    changedSchedule((gamma) => tf.mul(5, gamma)),
    /gamma runs from -30 to 20/,
  ],
  'the slope is positive and equals a central difference': [
    changedSchedule(
      (gamma) => gamma,
      (slope) => tf.mul(1.05, slope),
    ),
    /the slope at t = .* and a central difference says/,
  ],
  'gamma at a time does not depend on the other times': [
    changedSchedule((gamma) => tf.add(gamma, tf.mul(0.1, tf.max(gamma)))),
    /others it is asked for/,
  ],
  'the parameters of the shape are its own and do not move the ends': [
    changedSchedule((gamma, _, { bend }) => tf.mul(gamma, tf.add(1, bend))),
    /the ends move from/,
  ],
  'the gate wraps all that depends on the shape': [
    changedSchedule(
      (gamma) => gamma,
      (slope, _, { bend }) => tf.add(slope, tf.mul(0.01, bend)),
    ),
    /the slope passes a gradient by the gate to bend/,
  ],
  ...brokenModule<NoiseSchedule>({
    unseeded: () => {
      const made = new BentSchedule();
      made.bend.assign(tf.scalar(0.1 + 0.01 * calls++));
      return made;
    },
    infinite: changedSchedule((gamma) => tf.log(gamma)),
    withUnused: () => Object.assign(new StraightSchedule(), { unused: unused() }),
    leaking: changedSchedule((gamma) => tf.keep(tf.clone(gamma))),
    changing: changedSchedule((gamma, _, own) => changeThen(own, () => gamma)),
  }),
});

// Denoisers

const denoiser: Make<Denoiser> = ({ latentWidth: latent, conditionWidth: condition, rng }) =>
  new LinearDenoiser({ latent, condition }, rng);

function changedDenoiser(
  change: (noise: tf.Tensor2D, own: LinearDenoiser) => tf.Tensor,
  blind: (condition: tf.Tensor2D) => tf.Tensor2D = (condition) => condition,
): Make<Denoiser> {
  class Changed extends LinearDenoiser {
    override predictNoise(latent: tf.Tensor2D, level: NoiseLevel, condition: tf.Tensor2D): tf.Tensor2D {
      return change(super.predictNoise(latent, level, blind(condition)), this) as tf.Tensor2D;
    }
  }
  return ({ latentWidth: latent, conditionWidth: condition, rng }) => new Changed({ latent, condition }, rng);
}

/** Looks at the first object alone. */
class FirstObjectDenoiser extends LinearDenoiser {
  readonly seesObjects = true;

  override predictNoise(
    latent: tf.Tensor2D,
    level: NoiseLevel,
    condition: tf.Tensor2D,
    objects?: EncodedObjects,
  ): tf.Tensor2D {
    const first = tf.sum(tf.slice(objects!.tokens, [0, 0, 0], [-1, 1, -1]), [1, 2]);
    return tf.add(super.predictNoise(latent, level, condition), tf.expandDims(first, 1));
  }
}

/** Predicts another noise for events that it knows. */
class ForgetfulDenoiser extends LinearDenoiser {
  forEvents({ summary }: EncodedObservation): NoisePredictor {
    return (latent, level) => tf.mul(2, this.predictNoise(latent, level, summary));
  }
}

/** Takes draws of an event for those of several. */
class MixingDenoiser extends LinearDenoiser {
  forEvents({ summary }: EncodedObservation, draws = 1): NoisePredictor {
    const mixed = tf.tile(summary, [draws, 1]);
    return (latent, { t, gamma }) => {
      const each = (of: tf.Tensor1D): tf.Tensor1D => tf.mul(tf.ones<tf.Rank.R1>([latent.shape[0]]), of);
      return this.predictNoise(latent, { t: each(t), gamma: each(gamma) }, mixed);
    };
  }
}

refusesBroken('denoiser', denoiserChecks, denoiser, {
  'the noise is as wide as the latent': [
    changedDenoiser((noise) => tf.concat([noise, noise], 1)),
    /has shape \[4,8\], expected \[4,4\]/,
  ],
  'the noise depends on the latent, the noise level and the condition': [
    changedDenoiser((noise) => noise, tf.zerosLike),
    /the noise does not depend on the condition/,
  ],
  'an event does not depend on the others of its batch': [
    changedDenoiser((noise) => tf.sub(noise, tf.mean(noise, 0))),
    /others of its batch/,
  ],
  'the order of objects does not matter, nor does padding': [
    ({ latentWidth: latent, conditionWidth: condition, rng }) => new FirstObjectDenoiser({ latent, condition }, rng),
    /the noise changes when the objects are reordered/,
  ],
  'what is computed once for events gives the same noise': [
    ({ latentWidth: latent, conditionWidth: condition, rng }) => new ForgetfulDenoiser({ latent, condition }, rng),
    /forEvents gives another noise than predictNoise/,
  ],
  'several draws of an event have the noise that they have one by one': [
    ({ latentWidth: latent, conditionWidth: condition, rng }) => new MixingDenoiser({ latent, condition }, rng),
    /forEvents gives draws of an event another noise/,
  ],
  ...brokenModule<Denoiser>({
    unseeded: (setting) => denoiser({ ...setting, rng: setting.rng.fork(`${calls++}`) }),
    infinite: changedDenoiser((noise) => tf.div(noise, 0)),
    withUnused: (setting) => Object.assign(denoiser(setting), { unused: unused() }),
    leaking: changedDenoiser((noise) => tf.keep(tf.clone(noise))),
    changing: changedDenoiser((noise, own) => changeThen(own, () => noise)),
  }),
});

// Flows

/** A masked affine map: the second half is scaled and shifted by what the first half says. */
class Coupling extends Module implements Flow {
  readonly scale: tf.Variable<tf.Rank.R2>;
  readonly shift: tf.Variable<tf.Rank.R2>;

  constructor(width: number, rng: Rng) {
    super();
    const half = width / 2;
    const kernel = (name: string) => tf.tidy(() => tf.variable(rng.fork(name).normalTensor(half, half)));
    this.scale = kernel('scale');
    this.shift = kernel('shift');
  }

  forward(input: tf.Tensor2D) {
    const [kept, changed] = tf.split(input, 2, 1) as [tf.Tensor2D, tf.Tensor2D];
    const logScale = tf.tanh(tf.matMul(kept, this.scale));
    const moved = tf.add(tf.mul(changed, tf.exp(logScale)), tf.matMul(kept, this.shift));
    return { output: tf.concat([kept, moved], 1) as tf.Tensor2D, logDeterminant: tf.sum<tf.Tensor1D>(logScale, 1) };
  }

  inverse(output: tf.Tensor2D): tf.Tensor2D {
    const [kept, moved] = tf.split(output, 2, 1) as [tf.Tensor2D, tf.Tensor2D];
    const logScale = tf.tanh(tf.matMul(kept, this.scale));
    const changed = tf.mul(tf.sub(moved, tf.matMul(kept, this.shift)), tf.exp(tf.neg(logScale)));
    return tf.concat([kept, changed], 1) as tf.Tensor2D;
  }
}

const flow: Make<Flow> = ({ latentWidth, rng }) => new Coupling(latentWidth, rng);

function changedFlow(
  change: (result: { output: tf.Tensor2D; logDeterminant: tf.Tensor1D }, own: Coupling) => object,
  inverse: (input: tf.Tensor2D) => tf.Tensor = (input) => input,
): Make<Flow> {
  class Changed extends Coupling {
    override forward(input: tf.Tensor2D) {
      const result = super.forward(input);
      return { ...result, ...change(result, this) };
    }
    override inverse(output: tf.Tensor2D): tf.Tensor2D {
      return inverse(super.inverse(output)) as tf.Tensor2D;
    }
  }
  return ({ latentWidth, rng }) => new Changed(latentWidth, rng);
}

conforms('flow of one coupling', flowChecks(flow));

refusesBroken('flow', flowChecks, flow, {
  'outputs are as wide as inputs, with one log-determinant an event': [
    changedFlow(({ logDeterminant }) => ({ logDeterminant: tf.sum(logDeterminant) })),
    /the log-determinant has shape \[\], expected \[4\]/,
  ],
  'the inverse undoes the map, and the map the inverse': [
    changedFlow(
      () => ({}),
      (input) => tf.mul(1.01, input),
    ),
    /the inverse of the output is not the input/,
  ],
  'the log-determinant is that of the numeric Jacobian': [
    changedFlow(({ logDeterminant }) => ({ logDeterminant: tf.neg(logDeterminant) })),
    /the log-determinant is .*, and the numeric Jacobian says/,
  ],
  ...brokenModule<Flow>({
    unseeded: (setting) => flow({ ...setting, rng: setting.rng.fork(`${calls++}`) }),
    infinite: changedFlow(({ output }) => ({ output: tf.div(output, 0) })),
    withUnused: (setting) => Object.assign(flow(setting), { unused: unused() }),
    leaking: changedFlow(({ output }) => ({ output: tf.keep(tf.clone(output)) })),
    changing: changedFlow((_, own) => changeThen(own, () => ({}))),
  }),
});
