import { type Findings, type Table, VERDICT_STATUSES, type Verdict } from '@unfold-zoo/core/findings';
import { z } from 'zod';

const origin = z.enum(['model', 'floor', 'paper', 'sum']);

const table: z.ZodType<Table> = z.strictObject({
  title: z.string(),
  heading: z.string(),
  columns: z.array(z.strictObject({ label: z.string(), origin })),
  rows: z.array(
    z.strictObject({
      label: z.string(),
      origin,
      cells: z.array(z.string()),
      best: z.array(z.boolean()).exactOptional(),
    }),
  ),
  notes: z.array(z.string()),
});

const verdict: z.ZodType<Verdict> = z.strictObject({
  quantity: z.string(),
  diagnostic: z.string(),
  status: z.enum(VERDICT_STATUSES),
  badness: z.number().min(0),
  text: z.string(),
  measured: z.strictObject({ name: z.string(), value: z.number(), error: z.number().exactOptional() }).exactOptional(),
});

/** Tables and verdicts of evaluators, as a record keeps them: figures are drawn again by whoever evaluates the run. */
export const findingsSchema: z.ZodType<Required<Pick<Findings, 'tables' | 'verdicts'>>> = z.strictObject({
  tables: z.array(table),
  verdicts: z.array(verdict),
});
