export { benchmarkJsonSchema } from './benchmark/benchmark-config.js';
