import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { LIBRARIES, type Wheel } from './wheel.js';

/** The newest Node-API that tfjs-node knows: it looks for its binding in a folder named after it. */
const NODE_API = 8;

const SOURCES = ['binding/tfjs_backend.cc', 'binding/tfjs_binding.cc'];

/**
 * Compiles the binding of a tfjs-node package, of two files in plain C++ and the Node-API, against a TensorFlow of pip.
 * The folders of TensorFlow's and of CUDA's libraries are written into it as DT_RPATH, which holds for what these
 * libraries load in their turn too, so that nothing has to be exported. Returns what went wrong, if anything did.
 */
export async function compileBinding(
  packageFolder: string,
  compiler: string,
  wheel: Wheel,
): Promise<string | undefined> {
  const target = join(packageFolder, 'lib', `napi-v${NODE_API}`, 'tfjs_binding.node');
  mkdirSync(dirname(target), { recursive: true });
  try {
    await promisify(execFile)(compiler, compilerArguments(target, wheel), { cwd: packageFolder });
    return undefined;
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    return stderr?.trim() || message;
  }
}

function compilerArguments(target: string, { folder, cudaFolders }: Wheel): string[] {
  const nodeHeaders = createRequire(import.meta.url)('node-api-headers') as { include_dir: string };
  return [
    ...['-shared', '-fPIC', '-std=c++17', '-O2', '-w', `-DNAPI_VERSION=${NODE_API}`],
    ...[`-I${nodeHeaders.include_dir}`, `-I${join(folder, 'include')}`],
    ...SOURCES,
    ...['-o', target, `-L${folder}`],
    ...LIBRARIES.map((library) => `-l:${library}`),
    '-Wl,--disable-new-dtags',
    ...[folder, ...cudaFolders].map((path) => `-Wl,-rpath,${path}`),
  ];
}
