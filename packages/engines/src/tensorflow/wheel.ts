import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A TensorFlow that pip installed. */
export interface Wheel {
  readonly python: string;
  readonly version: string;
  /** Folder of the package `tensorflow`, with its libraries and headers. */
  readonly folder: string;
  /** Folders of the CUDA libraries that pip installed beside it. */
  readonly cudaFolders: readonly string[];
  readonly hasGpuSupport: boolean;
}

/** Why a way does not work here, in the middle of a sentence. */
export interface Obstacle {
  readonly obstacle: string;
}

/** The libraries that the binding is linked with; TensorFlow's wheels have them from 2.13 on. */
export const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'] as const;

// Looks for the packages without importing them, which takes seconds and prints.
const QUESTION = `
import glob, importlib.metadata, importlib.util, json, os
def folders(name):
    try:
        spec = importlib.util.find_spec(name)
    except ModuleNotFoundError:
        spec = None
    return list(spec.submodule_search_locations or []) if spec else []
def version():
    for name in ('tensorflow', 'tensorflow-cpu', 'tensorflow-gpu', 'tf-nightly'):
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            pass
    return 'unknown version'
found = [f for f in folders('tensorflow') if os.path.isdir(f)]
cuda = [lib for f in folders('nvidia') for lib in sorted(glob.glob(os.path.join(f, '*', 'lib')))]
print(json.dumps({'folder': os.path.realpath(found[0]) if found else None, 'version': version(), 'cudaFolders': cuda}))
`;

/** The TensorFlow of a Python: of `python` alone if it is given, else of $TF_PYTHON or `python3`. */
export function findWheel(python: string | undefined, environment: NodeJS.ProcessEnv): Wheel | Obstacle {
  const command = python ?? environment['TF_PYTHON'] ?? 'python3';
  let answer: { folder: string | null; version: string; cudaFolders: string[] };
  try {
    const output = execFileSync(command, ['-c', QUESTION], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    answer = JSON.parse(output);
  } catch (error) {
    const { code, stderr } = error as { code?: string; stderr?: string };
    const reason = code === 'ENOENT' ? 'there is no such command' : lastLine(stderr ?? '') || String(error);
    return { obstacle: `${command} cannot be asked for its packages: ${reason}` };
  }
  const { folder, version, cudaFolders } = answer;
  if (folder === null) return { obstacle: `${command} has no package tensorflow` };
  const absent = LIBRARIES.find((library) => !existsSync(join(folder, library)));
  if (absent) return { obstacle: `TensorFlow ${version} of ${command} has no ${absent}; version 2.13 or newer has it` };
  if (!existsSync(join(folder, 'include/tensorflow/c/eager/c_api.h'))) {
    return { obstacle: `TensorFlow ${version} of ${command} came without its headers, ${join(folder, 'include')}` };
  }
  return { python: command, version, folder, cudaFolders, hasGpuSupport: hasGpuSupport(folder) };
}

function hasGpuSupport(folder: string): boolean {
  const file = join(folder, 'python/platform/build_info.py');
  return existsSync(file) && /'is_cuda_build', True|"is_cuda_build": True/.test(readFileSync(file, 'utf8'));
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
