import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { benchmarksOf } from '@unfold-zoo/core/config';
import { builtInPlugins } from '../configs/built-in.js';
import { type Benchmark, type BenchmarkOptions, openBenchmark } from './benchmark.js';
import { BENCHMARK_FILE } from './execution.js';

/**
 * The benchmark that a user means by its folder, its config or the name of one that comes along; undefined for what is
 * none of these, e.g. the folder of a run.
 * @throws UserError as `openBenchmark` does.
 * @example
 * const benchmark = await findBenchmark('benchmarks/quick');
 * const diagnosis = await benchmark?.diagnose();
 */
export async function findBenchmark(
  name: string,
  options: Pick<BenchmarkOptions, 'trustPlugins' | 'log'> = {},
): Promise<Benchmark | undefined> {
  const config = join(name, BENCHMARK_FILE);
  if (existsSync(config)) return openBenchmark(config, { ...options, out: resolve(name) });
  const isFile = existsSync(name) ? statSync(name).isFile() : isBuiltIn(name);
  return isFile ? openBenchmark(name, options) : undefined;
}

function isBuiltIn(name: string): boolean {
  return benchmarksOf(builtInPlugins).find(name) !== undefined;
}
