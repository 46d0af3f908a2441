import { z } from 'zod';
import { defineCommand } from '../command-line/command.js';
import { json, knownPlugins } from '../command-line/common-options.js';
import { print } from '../terminal/print.js';

const MARKS = { found: '✔', missing: '·', broken: '✘' } as const;

/** `unfold doctor`. */
export const command = defineCommand({
  options: z.strictObject({ ...knownPlugins, json }),
  onlyPrints: true,
  run: async ({ config, plugin: plugins, trustPlugins, json }) => {
    const { catalogueOf, doctor } = await import('@unfold-zoo/runs');
    const diagnosis = await doctor(await catalogueOf({ config, plugins, trustPlugins }));
    const { cores, memoryGiB, findings } = diagnosis;
    const lines = findings.flatMap(({ topic, status, detail, advice }) => [
      `${MARKS[status]} ${topic}: ${detail}`,
      ...(advice ? [`    ${advice}`] : []),
    ]);
    const text = [`${cores} cores, ${memoryGiB.toFixed(1)} GiB of memory`, ...lines].join('\n');
    print(`${json ? JSON.stringify(diagnosis, null, 2) : text}\n`);
  },
});
