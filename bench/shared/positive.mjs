import { UserError } from '@unfold-zoo/core';

/** The number that an option is given as text. Throws a `UserError` that names the option if it is not 1, 2, 3 ... */
export function positive(name, text) {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new UserError(`invalid --${name} ${text}: expected a positive integer`);
  return value;
}
