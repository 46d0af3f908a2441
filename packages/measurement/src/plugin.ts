import { definePlugin, packageVersion } from '@unfold-zoo/core';
import { binByBin } from './unfolders/bin-by-bin.js';
import { iterativeBayes } from './unfolders/iterative-bayes.js';
import { tunfold } from './unfolders/tunfold.js';

/** Methods of unfolding binned spectra. */
export default definePlugin({ name: '@unfold-zoo/measurement', version: packageVersion(import.meta.url) }, [
  binByBin,
  iterativeBayes,
  tunfold,
]);
