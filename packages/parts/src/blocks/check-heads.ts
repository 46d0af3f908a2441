import { UserError } from '@unfold-zoo/core';

/** Attention divides a width among its heads. @throws UserError where they do not divide it. */
export function checkHeads({ width, heads }: { readonly width: number; readonly heads: number }): void {
  if (width % heads !== 0) throw new UserError(`invalid heads: expected a divisor of the width ${width}, got ${heads}`);
}
