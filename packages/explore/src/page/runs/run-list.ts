import type { BenchmarkSummary, RunSummary } from '@unfold-zoo/explore/view';

/** What the server says of the folders that it was started with. */
export interface RunList {
  readonly folders: readonly string[];
  readonly runs: readonly RunSummary[];
  readonly benchmarks: readonly BenchmarkSummary[];
}
