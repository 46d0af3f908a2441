import test from 'ava';
import { networkTests } from '../engines/network-tests.js';
import { nativeTest, startNative } from './native-test.js';

test.before(() => startNative());

networkTests('native', nativeTest);
