import { isUserError } from '@unfold-zoo/core';
import { type Config, rememberOwnCode } from '@unfold-zoo/core/config';
import type { Log } from './log.js';

/**
 * Notes that the code which a new run names is the user's own, so that no later command asks about it. Where that
 * cannot be noted, it warns of what will be asked.
 */
export function rememberOwn({ ownCode }: Pick<Config, 'ownCode'>, log: Pick<Log, 'warn'>): void {
  try {
    for (const path of ownCode) rememberOwnCode(path);
  } catch (error) {
    if (!isUserError(error)) throw error;
    log.warn(`${error.message}; later commands will ask whether the plugins of this run may be loaded`);
  }
}
