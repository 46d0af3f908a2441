import { UserError } from '@unfold-zoo/core';
import { ELEMENTWISE } from './elementwise.js';
import type { KernelRule } from './kernel-rule.js';
import { REDUCING } from './reductions.js';
import { SHAPING } from './shapes.js';

const rules = new Map<string, KernelRule>(Object.entries({ ...ELEMENTWISE, ...REDUCING, ...SHAPING }));

/**
 * Says how a tfjs kernel is recorded, for plugins whose layers use one that graphs do not know.
 * @throws Error for a kernel that has a rule already.
 * @example
 * defineKernelRule('Selu', ({ recorder, input }) => recorder.node('Selu', [input('x')], input('x')));
 */
export function defineKernelRule(kernel: string, rule: KernelRule): void {
  if (rules.has(kernel)) throw new Error(`duplicate rule: the kernel "${kernel}" has one`);
  rules.set(kernel, rule);
}

/** The rule of a kernel. @throws UserError for a kernel without one. */
export function ruleOf(kernel: string): KernelRule {
  const rule = rules.get(kernel);
  if (rule) return rule;
  throw new UserError(
    `missing ONNX rule: the model uses the tfjs kernel "${kernel}", of which no graph is recorded; a plugin gives a ` +
      'rule by defineKernelRule of @unfold-zoo/onnx',
  );
}
