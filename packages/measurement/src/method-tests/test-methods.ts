import type { Rng } from '@unfold-zoo/core';
import type { MeasurementInput } from '../measurement/measurement-input.js';
import type { MethodResult } from '../measurement/unfold.js';
import { binnedProblems } from '../measurement/unfold-spectra.js';
import type { ErrorOptions, NamedUnfolder } from '../measurement/unfolding-work.js';
import type { MethodTest } from '../results/measurement-result.js';
import { chiSquaredText } from '../statistics/chi-squared.js';
import type { BinnedProblem } from '../unfolders/unfolder.js';
import { bottomLine } from './bottom-line.js';
import { closure } from './closure.js';
import { coverage } from './coverage.js';
import { linearity } from './linearity.js';
import { type PseudoInput, type ToyOptions, toyStudy } from './toy-study.js';

/** Slopes that linearity is tested with. */
const SLOPES = [-0.4, -0.2, 0.2, 0.4];

/** Which tests of methods are done, and how. */
export interface MethodTestOptions extends ErrorOptions {
  readonly tests: readonly Exclude<MethodTest['test'], 'bias'>[];
  /** Toys of the coverage. */
  readonly toys: number;
  /** Slope of their spectrum. */
  readonly slope: number;
}

/**
 * Tests methods on the observables of a measurement. Linearity and coverage unfold bins: methods that unfold events are
 * tested by closure and the bottom line alone, and by toys where the data are pseudo-data. These are the toys of all
 * methods then, and tell the bias too.
 * @param results what the methods made of the data, in the same order.
 */
export async function testMethods(
  input: MeasurementInput,
  methods: readonly NamedUnfolder[],
  results: readonly MethodResult[],
  options: MethodTestOptions,
): Promise<MethodTest[]> {
  const problems = binnedProblems(input)();
  const found: MethodTest[] = [];
  for (const [i, method] of methods.entries()) {
    if (options.tests.includes('closure')) found.push(...(await closureTests(input, method, options)));
    if (options.tests.includes('coverage') && hasToys(input)) {
      const simulation = results[i]!.spectra.map((each) => each.simulation);
      found.push(...(await toyTests(input, method, { ...options, simulation })));
    }
    for (const [k, { name }] of input.observables.entries()) {
      options.signal?.throwIfAborted();
      const about = { method: method.label, observable: name };
      const tests = options.tests.filter((each) => each !== 'coverage' || !hasToys(input));
      found.push(...binnedTests(method, problems[k]!, { ...options, tests }).map((each) => ({ ...about, ...each })));
      if (!options.tests.includes('bottom-line')) continue;
      const { values, statistical, decisions } = results[i]!.spectra[k]!;
      found.push({ ...about, ...bottomLineTest(problems[k]!, { values, covariance: statistical, decisions }) });
    }
  }
  return found;
}

type Outcome = Pick<MethodTest, 'test' | 'outcome' | 'value'>;

async function closureTests(
  input: MeasurementInput,
  method: NamedUnfolder,
  options: ErrorOptions,
): Promise<MethodTest[]> {
  const found = await closure(input, method, { ...options, rng: options.rng.fork(`closure ${method.label}`) });
  return found.map(({ observable, agreement }) => ({
    test: 'closure',
    method: method.label,
    observable,
    outcome: `χ² ${chiSquaredText(agreement)}, chance ${agreement.chance.toFixed(3)}`,
    value: agreement.chance,
  }));
}

function hasToys(input: MeasurementInput): input is PseudoInput {
  return input.pseudoData !== undefined;
}

async function toyTests(input: PseudoInput, method: NamedUnfolder, options: ToyOptions): Promise<MethodTest[]> {
  const found = await toyStudy(input, method, options);
  return found.flatMap(({ observable, toys, leftOut, coverage, chiSquared, firstIteration }) => {
    const about = { method: method.label, observable };
    const lost = leftOut ? `; ${leftOut.count} of ${toys + leftOut.count} failed: ${leftOut.reason}` : '';
    const share = `${(100 * coverage).toFixed(1)} % of 68.3 %, ${toys} toys of the pseudo-data${lost}`;
    const before = firstIteration === undefined ? '' : `, after one iteration ${firstIteration.toFixed(2)}`;
    const bias = `χ² for each bin ${chiSquared.toFixed(2)}${before}, with the covariance of ${toys} toys and of the simulation`;
    return [
      { test: 'coverage', ...about, outcome: share, value: coverage },
      { test: 'bias', ...about, outcome: bias, value: chiSquared },
    ];
  });
}

function binnedTests(
  { label, unfolder }: NamedUnfolder,
  problem: BinnedProblem,
  options: MethodTestOptions,
): Outcome[] {
  if (unfolder.input !== 'bins') return [];
  const { tests, toys, slope, rng } = options;
  const found: Outcome[] = [];
  if (tests.includes('linearity')) {
    const { response } = linearity(unfolder, problem, { slopes: SLOPES });
    found.push({ test: 'linearity', outcome: `recovers ${response.toFixed(3)} of a slope`, value: response });
  }
  if (tests.includes('coverage')) {
    const { mean } = coverage(unfolder, problem, { toys, slope, rng: coverageStream(rng, label) });
    const outcome = `${(100 * mean).toFixed(1)} % of 68.3 %, with a slope of ${slope}, ${toys} toys`;
    found.push({ test: 'coverage', outcome, value: mean });
  }
  return found;
}

/** All observables of a method have toys of the same stream. */
function coverageStream(rng: Rng, label: string): Rng {
  return rng.fork(`coverage ${label}`);
}

function bottomLineTest(problem: BinnedProblem, unfolded: Parameters<typeof bottomLine>[1]): Outcome {
  const { detector, unfolded: after, ratio } = bottomLine(problem, unfolded);
  const [below, above] = [chiSquaredText(after), chiSquaredText(detector)];
  const outcome = `χ² ${below} unfolded, ${above} measured: ratio ${ratio.toFixed(2)}`;
  return { test: 'bottom-line', outcome, value: ratio };
}
