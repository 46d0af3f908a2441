import { definePlugin, packageVersion } from '@unfold-zoo/core';
import { network } from './reweighting/network-ratio.js';
import { polynomial } from './reweighting/polynomial-ratio.js';
import { aussie } from './unfolders/aussie.js';
import { binByBin } from './unfolders/bin-by-bin.js';
import { iterativeBayes } from './unfolders/iterative-bayes.js';
import { omnifold } from './unfolders/omnifold.js';
import { tunfold } from './unfolders/tunfold.js';

/** Methods of unfolding spectra, and classifiers for those that weight events. */
export default definePlugin({ name: '@unfold-zoo/measurement', version: packageVersion(import.meta.url) }, [
  aussie,
  binByBin,
  iterativeBayes,
  omnifold,
  tunfold,
  network,
  polynomial,
]);
