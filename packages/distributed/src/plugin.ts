import { definePlugin, packageVersion } from '@unfold-zoo/core';
import { auto, mpi } from './mpi/mpi.js';
import { processes } from './processes/processes.js';

/** Kinds of `parallel` with more than one worker. */
export const plugin = definePlugin({ name: '@unfold-zoo/distributed', version: packageVersion(import.meta.url) }, [
  auto,
  mpi,
  processes,
]);
