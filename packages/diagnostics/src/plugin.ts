import { definePlugin, packageVersion } from '@unfold-zoo/core';
import { diagnosticEvaluators } from './diagnostic-evaluators.js';
import { exactPosteriorEvaluator } from './exact/exact-posterior.js';
import { membersEvaluator } from './members/members.js';

/** Evaluators that say whether the posterior of one event can be trusted. */
export default definePlugin({ name: '@unfold-zoo/diagnostics', version: packageVersion(import.meta.url) }, [
  ...diagnosticEvaluators,
  membersEvaluator,
  exactPosteriorEvaluator,
]);
