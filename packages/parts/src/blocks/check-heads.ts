import { UserError } from '@unfold-zoo/core';
import type { z } from 'zod';

interface DividedWidth {
  /** Absent where it is that of another part. */
  readonly width?: number | undefined;
  readonly heads: number;
}

/** A refinement of options: attention divides a width among its heads. */
export function headsDivideWidth(options: DividedWidth, context: z.RefinementCtx): void {
  const message = problemOf(options);
  if (message !== undefined) context.addIssue({ code: 'custom', path: ['heads'], message });
}

/** Refuses heads that do not divide a width which the options do not say. @throws UserError */
export function checkHeads(options: DividedWidth): void {
  const problem = problemOf(options);
  if (problem !== undefined) throw new UserError(`invalid heads: ${problem}`);
}

function problemOf({ width = 0, heads }: DividedWidth): string | undefined {
  return width % heads === 0 ? undefined : `expected a divisor of the width ${width}, got ${heads}`;
}
