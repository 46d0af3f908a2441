import { type Gpu, listGpus } from './gpu.js';
import type { Obstacle } from './wheel.js';

/** What `@tensorflow/tfjs-node` 4.22 downloads, and the newest GPUs that it was compiled for: CUDA 11.2. */
const LIBTENSORFLOW = '2.9.1';
const TOO_NEW = 9;

const PATIENCE_MS = 10_000;

/**
 * What keeps the package's own download of libtensorflow from being of use, if anything: it has nothing for this
 * processor, is too old for the GPU, or its server does not answer.
 */
export async function downloadObstacle(gpu: boolean, environment: NodeJS.ProcessEnv): Promise<Obstacle | undefined> {
  if (process.platform === 'linux' && process.arch !== 'x64' && process.arch !== 'arm64') {
    return { obstacle: `there is none for ${process.arch}` };
  }
  const tooNew = gpu ? newest(listGpus()) : undefined;
  if (tooNew) {
    return {
      obstacle:
        `its libtensorflow ${LIBTENSORFLOW} does not know ${tooNew.name} (compute capability ` +
        `${tooNew.capability.toFixed(1)})`,
    };
  }
  return serverObstacle(environment);
}

function newest(gpus: readonly Gpu[]): Gpu | undefined {
  return gpus.find(({ capability }) => capability >= TOO_NEW);
}

// The variables are those of the package's install script, which goes through a proxy too; fetch does not.
async function serverObstacle(environment: NodeJS.ProcessEnv): Promise<Obstacle | undefined> {
  if (environment['HTTPS_PROXY'] ?? environment['https_proxy']) return undefined;
  const server =
    environment['TFJS_NODE_CDN_STORAGE'] ?? environment['CDN_STORAGE'] ?? 'https://storage.googleapis.com/';
  const url = environment['TFJS_NODE_BASE_URI'] ?? server;
  try {
    await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(PATIENCE_MS) });
    return undefined;
  } catch (error) {
    const { cause, message } = error as Error & { cause?: { code?: string } };
    return { obstacle: `${URL.canParse(url) ? new URL(url).host : url} does not answer (${cause?.code ?? message})` };
  }
}
