import { type Engine, UserError } from '@unfold-zoo/core';
import { findPackage, importFile } from './find-package.js';

const packageName = '@unfold-zoo/engine-native';

/** What the package of the compiled engine exports, as far as it is used here. */
interface NativePackage {
  nativeEngine(): Engine;
  nativePath(): { readonly compiler: string };
}

/** The compiled engine, with its compiler in the label once it has started. */
export async function nativeEngine(): Promise<Engine> {
  const file = findPackage(packageName);
  if (!file) throw new UserError(`missing native engine: ${packageName} is not installed`);
  const native = (await importFile(file)) as unknown as NativePackage;
  const engine = native.nativeEngine();
  return {
    get label() {
      return `${engine.label}, compiled by ${native.nativePath().compiler}`;
    },
    start: () => engine.start(),
  };
}
