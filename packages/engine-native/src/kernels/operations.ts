import * as tf from '@tensorflow/tfjs-core';
import { UserError } from '@unfold-zoo/core';
import type { Addon } from '../addon.js';
import { REBUILD } from './fused-blocks.js';

type Kind = keyof Addon['operations'];

/** A tfjs kernel that the addon computes, and the number by which the addon knows it. */
type Operation = readonly [name: string, handle: number];

/** The operations of the addon, and of these the ones that other kernels are made of. */
export interface Operations extends Readonly<Record<Kind, readonly Operation[]>> {
  readonly add: number;
  readonly subtract: number;
  readonly sum: number;
}

/**
 * The operations of the addon, which lists them alone: each is named as the tfjs kernel that it stands in for.
 * @throws {UserError} if tfjs has no kernel of a name, or the addon lacks an operation that others are made of.
 */
export function findOperations({ operations }: Pick<Addon, 'operations'>): Operations {
  return {
    unary: namedAsKernels(operations.unary),
    binary: namedAsKernels(operations.binary),
    compare: namedAsKernels(operations.compare),
    reduce: namedAsKernels(operations.reduce),
    add: handleOf(operations.binary, 'Add'),
    subtract: handleOf(operations.binary, 'Sub'),
    sum: handleOf(operations.reduce, 'Sum'),
  };
}

function namedAsKernels(handles: Addon['operations'][Kind]): Operation[] {
  const found = Object.entries(handles);
  for (const [name] of found) {
    if (!tf.getKernel(name, 'cpu')) {
      throw new UserError(`unknown operation ${name}: the compiled native engine has it, tfjs lacks it; ${REBUILD}`);
    }
  }
  return found;
}

function handleOf(handles: Addon['operations'][Kind], name: string): number {
  const handle = handles[name];
  if (handle === undefined) {
    throw new UserError(`missing operation ${name}: the compiled native engine lacks it; ${REBUILD}`);
  }
  return handle;
}
