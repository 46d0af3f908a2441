import { isUserError, UserError } from '@unfold-zoo/core';
import { messageNaming } from '@unfold-zoo/core/options';

/** Mistakes that a message tells; a folder may hold thousands of files with the same. */
const TOLD = 10;

/**
 * Does something with one thing after the other, also where a user's mistake stops it for some of them: all of these
 * are told at once.
 * @param what the things are called, e.g. `files`.
 * @throws UserError for the mistakes, which is the mistake itself where there is one; anything else at once.
 */
export async function forEachTellingAll<Thing>(
  things: readonly Thing[],
  what: string,
  work: (thing: Thing) => Promise<void>,
): Promise<void> {
  const mistakes: UserError[] = [];
  for (const thing of things) {
    try {
      await work(thing);
    } catch (error) {
      if (!isUserError(error)) throw error;
      mistakes.push(error);
    }
  }
  const [first] = mistakes;
  if (mistakes.length === 1) throw first;
  if (first) throw joined(mistakes, `invalid ${what}: ${mistakes.length} of ${things.length} cannot be used`);
}

function joined(mistakes: readonly UserError[], heading: string): UserError {
  const left = mistakes.length - TOLD;
  const more = left > 0 ? [`and ${left} more`] : [];
  return new UserError((option) => {
    const messages = mistakes.slice(0, TOLD).map((mistake) => messageNaming(mistake, option));
    return [heading, ...messages, ...more].join('\n').replaceAll('\n', '\n  ');
  });
}
