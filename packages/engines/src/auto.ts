import { component, Engine, type Plugin, Rng, UserError } from '@unfold-zoo/core';
import { Catalogue } from '@unfold-zoo/core/config';
import { z } from 'zod';
import { cpuEngine } from './cpu.js';
import { findPackage, importFile } from './find-package.js';
import { tensorflowEngine } from './tensorflow/engine.js';
import { gpuPackage, installations } from './tensorflow/installations.js';
import { wasmEngine } from './wasm.js';
import { missingWebGpuPackages, webgpuEngine } from './webgpu.js';

interface Candidate {
  isInstalled(): Promise<boolean> | boolean;
  create(): Promise<Engine> | Engine;
}

/**
 * A package whose plugin has an engine of the kind it is preferred by. One that has to be compiled says by
 * `isAddonBuilt` whether it was: set-up has told the user already if there is no compiler.
 */
function fromPackage(kind: string, name: string): Candidate {
  return {
    isInstalled: async () => {
      const file = findPackage(name);
      if (!file) return false;
      const { isAddonBuilt } = (await importFile(file)) as { isAddonBuilt?: () => boolean };
      return isAddonBuilt?.() ?? true;
    },
    create: async () => {
      const { default: plugin } = await importFile(findPackage(name)!);
      const found = new Catalogue([plugin as Plugin]).components(Engine.key).find((each) => each.kind === kind);
      if (!found) throw new UserError(`invalid ${name}: expected an engine "${kind}" in its plugin`);
      return found.create({ options: found.options.parse({}), rng: new Rng(0) }, []) as Engine;
    },
  };
}

const candidates = {
  'tensorflow-gpu': {
    isInstalled: () => installations('gpu').some(({ name }) => name === gpuPackage),
    create: () => tensorflowEngine({ device: 'gpu' }),
  },
  native: fromPackage('native', '@unfold-zoo/engine-native'),
  // After the native engine: no GPU has shown yet that it is faster. One that is software gives way to the next engine.
  webgpu: {
    isInstalled: () => missingWebGpuPackages().length === 0,
    create: () => webgpuEngine({ powerPreference: 'high-performance' }, { hardware: true }),
  },
  tensorflow: {
    isInstalled: () => installations('auto').length > 0,
    create: () => tensorflowEngine(),
  },
  wasm: { isInstalled: () => true, create: wasmEngine },
  cpu: { isInstalled: () => true, create: cpuEngine },
} satisfies Record<string, Candidate>;

const kinds = ['tensorflow-gpu', 'native', 'webgpu', 'tensorflow', 'wasm', 'cpu'] as const;

/** The first engine of `prefer` that is installed and starts. Its label says which, and which failed on the way. */
export function autoEngine(prefer: readonly (typeof kinds)[number][]): Engine {
  let label = 'auto';
  return {
    get label() {
      return label;
    },
    async start() {
      const failures: string[] = [];
      for (const kind of prefer) {
        try {
          if (!(await candidates[kind].isInstalled())) continue;
          const engine = await candidates[kind].create();
          await engine.start();
          label = [`${engine.label}, chosen by auto`, ...failures].join('; ');
          return;
        } catch (error) {
          failures.push(`${kind} failed: ${error instanceof Error ? error.message : String(error)}`);
        }
      }
      const reasons = failures.join('; ') || `none of ${prefer.join(', ')} is installed`;
      throw new UserError(`missing engine: ${reasons}; add wasm or cpu to engine.prefer`);
    },
  };
}

export const auto = component(Engine, 'auto', {
  description: 'The fastest engine that is installed and starts',
  options: z.object({
    prefer: z
      .array(z.enum(kinds))
      .min(1)
      .default([...kinds])
      .describe('Engines to try, best first'),
  }),
  create: (context) => autoEngine(context.options.prefer),
});
