import { readFileSync } from 'node:fs';

/** Flags of `dlopen` on Linux: of a library that is loaded, make sure that it stays so. */
const RTLD_LAZY = 0x1;
const RTLD_NOLOAD = 0x4;
const RTLD_NODELETE = 0x1000;

/**
 * Keeps every library of this process in memory until it ends. Open MPI unloads its plug-ins when it is finalised, and
 * a thread that has called it then runs, as it ends, a destructor of a plug-in that is gone.
 */
export function keepPlugins(koffi: typeof import('koffi')): void {
  if (process.platform !== 'linux') return;
  const open = koffi.load(null).func('void *dlopen(const char *path, int flags)');
  const paths = readFileSync('/proc/self/maps', 'utf8').matchAll(/ (\/\S+\.so[.\d]*)$/gm);
  for (const path of new Set([...paths].map(([, found]) => found))) open(path, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
}
