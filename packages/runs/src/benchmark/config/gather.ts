import { isUserError, UserError } from '@unfold-zoo/core';

/** Does the same to every item and throws one error with everything that users did wrong. */
export async function gather<T, R>(items: readonly T[], work: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const settled = await Promise.allSettled(items.map(work));
  const reasons = settled.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
  for (const reason of reasons) if (!isUserError(reason)) throw reason;
  throwProblems(reasons.map((reason) => (reason as Error).message));
  return settled.map((each) => (each as PromiseFulfilledResult<R>).value);
}

// A mistake in what is shared is one mistake, however many models share it.
function throwProblems(problems: readonly string[]): void {
  const lines = new Set(problems.flatMap((problem) => problem.split('\n')));
  if (lines.size > 0) throw new UserError([...lines].join('\n'));
}
