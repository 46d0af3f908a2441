import { readFileSync } from 'node:fs';
import { UserError } from '@unfold-zoo/core';
import { checkConfig, parseYaml } from '@unfold-zoo/core/config';
import { asReadError, type HostTensor } from '@unfold-zoo/core/files';
import { z } from 'zod';

const name = z.string().regex(/^(\w+|\*\*?)(\.(\w+|\*\*?))*$/, 'expected names between dots; * for one, ** for some');

const rule = z.strictObject({
  from: name.describe('Name in the file; * stands for one name between dots, ** for one or more.'),
  to: name.describe('Name that it becomes; its * and ** are those of `from`, in order.'),
  transpose: z.boolean().default(false).describe('Whether a matrix [outputs, inputs] becomes [inputs, outputs].'),
  parts: z
    .array(z.int().min(0))
    .min(2)
    .exactOptional()
    .describe('Order of the equal parts of the last axis, once transposed: [2, 0, 1] takes the third part first.'),
});

const schema = z.strictObject({
  rules: z.array(rule).min(1).describe('What is done to a name, one rule after the other, each where it matches.'),
});

type Rule = z.output<typeof rule>;

/** Rules that turn names and layouts of another program's tensors into those of a model. */
export type WeightNames = readonly Rule[];

/** Reads a YAML file of such rules. @throws UserError that names file, line and column. */
export function readWeightNames(path: string): WeightNames {
  const root = parseYaml(readText(path), (line, column) => ({ place: `${path}:${line}:${column}`, folder: '.' }));
  if (root.type !== 'map') throw new UserError(`${root.origin.place}: expected keys with values`);
  return checkConfig(schema, root).rules;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw asReadError(path, error);
  }
}

/**
 * Tensors of another program as those that a model expects, by their names and shapes.
 * @throws UserError that lists tensors that are left over, missing, there twice, or of another shape, by their names.
 */
export function renamedWeights(
  file: string,
  tensors: ReadonlyMap<string, HostTensor>,
  names: WeightNames,
  expected: ReadonlyMap<string, Pick<HostTensor, 'shape'>>,
): Map<string, HostTensor> {
  const found = new Map<string, HostTensor>();
  const problems: string[] = [];
  for (const [from, tensor] of tensors) {
    const { to, ...became } = renamed(from, tensor, names, problems);
    const wanted = expected.get(to)?.shape;
    const becomes = from === to ? from : `${from}, which becomes ${to}`;
    if (!wanted) problems.push(`unknown ${becomes}: the model has no such weight`);
    else if (found.has(to)) problems.push(`duplicate ${becomes}: another has this name`);
    else if (String(wanted) !== String(became.shape))
      problems.push(`shape of ${becomes}: [${became.shape}], the model has [${wanted}]`);
    if (wanted) found.set(to, became);
  }
  for (const to of expected.keys()) if (!found.has(to)) problems.push(`missing ${to}: nothing becomes it`);
  if (problems.length === 0) return found;
  throw new UserError([`invalid weights ${file}: they do not fit the model:`, ...new Set(problems)].join('\n  '));
}

function renamed(
  from: string,
  tensor: HostTensor,
  names: WeightNames,
  problems: string[],
): HostTensor & { readonly to: string } {
  let [to, became] = [from, tensor];
  for (const { from: pattern, to: target, transpose, parts } of names) {
    const matched = patternOf(pattern).exec(to);
    if (!matched) continue;
    const words = matched.slice(1);
    to = target.replace(/\*\*?/g, () => words.shift() ?? '*');
    if (transpose && became.shape.length !== 2)
      problems.push(`transpose of ${from}: it has ${became.shape.length} axes`);
    else if (transpose) became = transposed(became);
    const last = became.shape.at(-1) ?? 1;
    if (parts && last % parts.length !== 0)
      problems.push(`parts of ${from}: ${last} are not ${parts.length} equal ones`);
    else if (parts) became = reordered(became, parts);
  }
  return { to, ...became };
}

function patternOf(pattern: string): RegExp {
  const escaped = pattern.replaceAll('.', '\\.').replace(/\*\*?/g, (star) => (star === '*' ? '([^.]+)' : '(.+)'));
  return new RegExp(`^${escaped}$`);
}

function transposed({ shape, values }: HostTensor): HostTensor {
  const [rows, columns] = shape as [number, number];
  const turned = Float32Array.from(values, (_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!);
  return { shape: [columns, rows], values: turned };
}

/** The equal parts of each row of the last axis, in another order. */
function reordered({ shape, values }: HostTensor, parts: readonly number[]): HostTensor {
  const row = shape.at(-1)!;
  const part = row / parts.length;
  const from = (i: number): number => i - (i % row) + parts[Math.floor((i % row) / part)]! * part + (i % part);
  return { shape, values: values.map((_, i) => values[from(i)]!) };
}
