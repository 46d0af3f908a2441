// Loaded before every test file: tfjs greets Node users with a banner unless it is told to be in production.
import * as tf from '@tensorflow/tfjs-core';

tf.env().set('PROD', true);
