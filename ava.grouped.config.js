// All tests, as `npm test` runs them: those of a folder that need no process of their own share one, and what takes
// longest is started first. Without it, `npx ava <files>` runs each file in a process of its own.
import settings from './ava.config.js';
import { groupTests, longestFirst } from './scripts/group-tests.mjs';

// A group that computes without a pause tells of its tests at the end.
export default { ...settings, files: groupTests(), sortTestFiles: longestFirst, timeout: '10m' };
