import { z } from 'zod';

/**
 * An option that names a file or folder. A relative path is taken from the config file that wrote it
 * (from the working directory if it came from the command line), and is absolute when `create` sees it.
 */
export function filePath(): z.ZodString {
  return z.string().min(1).meta({ path: true });
}
