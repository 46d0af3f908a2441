import { UserError } from '@unfold-zoo/core';

/**
 * A list in which nothing is twice.
 * @param place of the list in its file, with a space after it.
 * @throws UserError that names what is listed twice.
 */
export function unique(values: readonly number[], key: string, place = ''): readonly number[] {
  const twice = values.find((value, i) => values.indexOf(value) !== i);
  if (twice !== undefined) throw new UserError(`${place}duplicate ${key}: ${twice} is listed twice; keep one of them`);
  return values;
}
