export type { ExactProblem, Momentum, ProblemEvent, ProblemPosterior } from './exact-problem.js';
export { ExactSource, type ExactSourceParts } from './exact-source.js';
export { GaussianEm, type GaussianEmOptions, type GaussianToy, gaussianEm, gaussianIterations } from './gaussian-em.js';
export { LinearGaussian, type LinearGaussianOptions, linearGaussian } from './linear-gaussian.js';
export { Neutrino, type NeutrinoOptions, type NeutrinoSolution, neutrino } from './neutrino.js';
export type { GaussianResponse, Normal } from './normal.js';
export { truthLab } from './truth-lab.js';
export { TwoMoons, type TwoMoonsOptions, twoMoons } from './two-moons.js';
