import { type Check, ConformanceError } from '@unfold-zoo/core/testing';
import test from 'ava';

/** One test for each check of an implementation: all must hold. */
export function conforms(name: string, checks: readonly Check[]): void {
  for (const [title, run] of checks) {
    test(`${name}: ${title}`, async (t) => {
      await t.notThrowsAsync(run);
    });
  }
}

/** A way to break an implementation, and what the check that finds it says. */
export type Broken<Subject> = readonly [subject: Subject, message: RegExp];

/** Each check must refuse the implementation that is broken for it. A check without one fails the test. */
export function refusesBroken<Subject>(
  role: string,
  checksOf: (subject: Subject) => readonly Check[],
  right: Subject,
  broken: Readonly<Record<string, Broken<Subject>>>,
): void {
  test(`${role}: there is a broken implementation for every check`, (t) => {
    t.deepEqual(
      Object.keys(broken).sort(),
      checksOf(right)
        .map(([title]) => title)
        .sort(),
    );
  });
  for (const [title, [subject, message]] of Object.entries(broken)) {
    test(`${role}: one that is broken fails: ${title}`, async (t) => {
      const [, run] = checksOf(subject).find(([each]) => each === title)!;
      const error = await t.throwsAsync(run, { message });
      t.true(error instanceof ConformanceError, error?.stack);
    });
  }
}
