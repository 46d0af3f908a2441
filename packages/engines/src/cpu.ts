import { component, Engine } from '@unfold-zoo/core';
import { z } from 'zod';
import { tfjsEngine, useBackend } from './tfjs-engine.js';

/** The JavaScript backend of tfjs: slow, and present everywhere. */
export function cpuEngine(): Engine {
  return tfjsEngine('cpu', { preference: 100 }, async () => {
    await useBackend('cpu');
    return 'cpu (JavaScript)';
  });
}

export const cpu = component(Engine, 'cpu', {
  description: 'Plain JavaScript, the reference: slow, runs everywhere',
  options: z.object({}),
  create: cpuEngine,
});
