import { isUserError, UserError } from '@unfold-zoo/core';
import { isUntrustedCode, UntrustedCode } from '@unfold-zoo/core/config';
import { messageNaming, type OptionNaming } from '@unfold-zoo/core/options';

/** Does the same to every item and throws one error with everything that users did wrong. */
export async function gather<T, R>(items: readonly T[], work: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const settled = await Promise.allSettled(items.map(work));
  const reasons = settled.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
  for (const reason of reasons) if (!isUserError(reason)) throw reason;
  throwProblems(reasons);
  return settled.map((each) => (each as PromiseFulfilledResult<R>).value);
}

// A mistake in what is shared is one mistake, however many models share it.
function throwProblems(problems: readonly unknown[]): void {
  if (problems.length === 0) return;
  const write = (option: OptionNaming): string =>
    [...new Set(problems.flatMap((problem) => messageNaming(problem, option).split('\n')))].join('\n');
  const names = problems.filter(isUntrustedCode).flatMap((each) => each.names);
  throw names.length > 0 ? new UntrustedCode(write, names) : new UserError(write);
}
