import * as tf from '@tensorflow/tfjs-core';
import type { LatentCodec, LatentPosterior } from '../../contracts/model/latent-codec.js';
import { scaledWidth } from '../../events/scaling.js';
import { Rng } from '../../rng.js';
import { type Check, claim, tensorCheck } from '../check.js';
import { claimShape, firstRows, isClose, isSame, moduleChecks, using, values } from '../module-checks.js';
import { type Make, representedSetting, type Setting, testSetting } from '../setting.js';

/** Draws of each latent that the KL is compared with. */
const DRAWS = 4000;
/** Standard errors that a mean of draws may be off: 6e-7 of right implementations are off by more in one comparison. */
const DEVIATIONS = 5;
/**
 * Where the references of a KL are, in standard deviations of the draws: their shift from the mean, and their width.
 */
const REFERENCES = [
  [2, 0.7],
  [-1, 1.5],
] as const;
/** Rounding of a KL in float32, which is a difference of numbers of about its own size. */
const KL_ROUNDING = 1e-3;

/** What a codec says about itself. */
export interface LatentCodecClaims {
  /** Whether q(z | x) is an independent normal distribution in each dimension. Default: yes. */
  readonly normal?: boolean;
}

/** What a `LatentCodec` must do. One whose draws do not depend on the seed counts as deterministic. */
export function latentCodecChecks(make: Make<LatentCodec>, { normal = true }: LatentCodecClaims = {}): Check[] {
  return [
    tensorCheck('draws and KL are as wide as the latent, and reconstructions as the partons', () => {
      for (const setting of [testSetting(), representedSetting()]) using(make, claimShapes, setting);
    }),
    tensorCheck('the KL is never negative', () => {
      using(make, (codec, setting) => {
        const posterior = posteriorOf(codec, setting);
        for (const [mean, logStd] of [
          [0, 0],
          [0.5, -1],
          [-2, 1],
        ] as const) {
          const kl = values(posterior.kl(tf.scalar(mean), tf.scalar(logStd)));
          claim(
            kl.every((each) => each >= -KL_ROUNDING),
            `a KL to N(${mean}, exp(${logStd})) is negative`,
          );
        }
      });
    }),
    tensorCheck('a KL to one reference for all is the KL to that reference for each', () => {
      using(make, (codec, setting) => {
        const posterior = posteriorOf(codec, setting);
        const shape: [number, number] = [4, codec.latentWidth];
        const filled = posterior.kl(tf.fill<tf.Rank.R2>(shape, 0.3), tf.fill<tf.Rank.R2>(shape, -0.2));
        claim(isClose(posterior.kl(tf.scalar(0.3), tf.scalar(-0.2)), filled), 'scalar and filled references disagree');
      });
    }),
    tensorCheck('the KL is that of its draws, and zero for a deterministic codec', () => {
      using(make, (codec, setting) => {
        if (isDeterministic(codec, setting)) claimZero(posteriorOf(codec, setting));
        else claimKlOfDraws(codec, setting, normal);
      });
    }),
    tensorCheck('the same seed gives the same draws', () => {
      using(make, (codec, setting) => {
        const [first, second] = [1, 2].map(() => values(posteriorOf(codec, setting).sample(new Rng(1))));
        claim(isSame(first!, second!), 'two draws with the same seed differ');
      });
    }),
    tensorCheck('an event does not depend on the others of its batch', () => {
      using(make, (codec, setting) => claimRowsAreIndependent(codec, setting));
    }),
    ...moduleChecks(make, (codec, setting, rng) => {
      const { partons, condition } = inputs(setting, rng);
      const posterior = codec.encode(partons, condition);
      const latent = posterior.sample(rng);
      return [latent, posterior.kl(tf.scalar(0), tf.scalar(0)), codec.decode(latent, condition)];
    }),
  ];
}

function inputs({ scaling, conditionWidth }: Setting, rng = new Rng(5), events = 4) {
  const partons = rng.normalTensor(events, scaledWidth(scaling));
  return { partons, condition: rng.normalTensor(events, conditionWidth) };
}

function posteriorOf(codec: LatentCodec, setting: Setting): LatentPosterior {
  const { partons, condition } = inputs(setting);
  return codec.encode(partons, condition);
}

function claimShapes(codec: LatentCodec, setting: Setting): void {
  const { partons, condition } = inputs(setting);
  const posterior = codec.encode(partons, condition);
  const latent = posterior.sample(new Rng(1));
  claimShape('a draw', latent, [4, codec.latentWidth]);
  claimShape('the KL', posterior.kl(tf.scalar(0), tf.scalar(0)), [4, codec.latentWidth]);
  claimShape('a reconstruction', codec.decode(latent, condition), [4, scaledWidth(setting.scaling)]);
}

function isDeterministic(codec: LatentCodec, setting: Setting): boolean {
  const posterior = posteriorOf(codec, setting);
  return isSame(values(posterior.sample(new Rng(1))), values(posterior.sample(new Rng(2))));
}

function claimZero(posterior: LatentPosterior): void {
  for (const [mean, logStd] of [
    [0, 0],
    [3, -1],
  ] as const) {
    const kl = values(posterior.kl(tf.scalar(mean), tf.scalar(logStd)));
    claim(
      kl.every((each) => each === 0),
      'its draws do not depend on the seed, and its KL is not zero',
    );
  }
}

/**
 * KL(q || p) - KL(q || r) is the mean of ln r - ln p over draws from q, whatever q is. A normal q also has a KL of zero
 * to the normal distribution with its mean and standard deviation, which leaves no constant free.
 */
function claimKlOfDraws(codec: LatentCodec, setting: Setting, normal: boolean): void {
  const { partons, condition } = inputs(setting, new Rng(5), 1);
  const all = codec.encode(tf.tile(partons, [DRAWS, 1]), tf.tile(condition, [DRAWS, 1])).sample(new Rng(2));
  const one = codec.encode(partons, condition);
  const width = codec.latentWidth;
  const draws = values(all);
  const columns = Array.from({ length: width }, (_, j) =>
    Array.from({ length: DRAWS }, (_, i) => draws[i * width + j]!),
  );
  const own = columns.map(fit);
  const klOwn = klTo(one, own);
  for (const [shift, stretch] of REFERENCES) {
    const reference = own.map(({ mean, std }) => ({ mean: mean + shift * std, std: stretch * std }));
    const klReference = klTo(one, reference);
    for (const [j, column] of columns.entries()) {
      const ratio = fit(column.map((z) => logDensity(z, own[j]!) - logDensity(z, reference[j]!)));
      const difference = klReference[j]! - klOwn[j]!;
      const allowed = (DEVIATIONS * ratio.std) / Math.sqrt(DRAWS) + KL_ROUNDING;
      claim(
        Math.abs(ratio.mean - difference) <= allowed,
        `dimension ${j}: the KL changes by ${difference} from one reference to another, and draws say ${ratio.mean}`,
      );
    }
  }
  // To a normal distribution fitted to n draws the KL is half a mean's and a quarter of a variance's squared deviation.
  const most = DEVIATIONS ** 2 / DRAWS + KL_ROUNDING;
  const off = klOwn.findIndex((kl) => kl > most);
  claim(!normal || off < 0, `dimension ${off}: the KL to the distribution of its own draws is ${klOwn[off]}`);
}

interface Normal {
  readonly mean: number;
  readonly std: number;
}

function klTo(posterior: LatentPosterior, reference: readonly Normal[]): Float32Array {
  const mean = tf.tensor2d([reference.map((each) => each.mean)]);
  return values(posterior.kl(mean, tf.tensor2d([reference.map(({ std }) => Math.log(std))])));
}

function fit(column: readonly number[]): Normal {
  const mean = column.reduce((sum, z) => sum + z, 0) / column.length;
  const variance = column.reduce((sum, z) => sum + (z - mean) ** 2, 0) / column.length;
  return { mean, std: Math.sqrt(variance) };
}

/** Without the constant ln sqrt(2 pi). */
function logDensity(z: number, { mean, std }: Normal): number {
  return -0.5 * ((z - mean) / std) ** 2 - Math.log(std);
}

function claimRowsAreIndependent(codec: LatentCodec, setting: Setting): void {
  const { partons, condition } = inputs(setting);
  const latent = new Rng(6).normalTensor(4, codec.latentWidth);
  const kl = (rows: number) =>
    codec.encode(firstRows(partons, rows), firstRows(condition, rows)).kl(tf.scalar(0), tf.scalar(0));
  const decoded = (rows: number) => codec.decode(firstRows(latent, rows), firstRows(condition, rows));
  claim(isClose(kl(2), firstRows(kl(4), 2)), 'the posterior of an event changes with the others of its batch');
  claim(isClose(decoded(2), firstRows(decoded(4), 2)), 'a reconstruction changes with the others of its batch');
}
