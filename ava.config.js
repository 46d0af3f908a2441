export default {
  files: ['test/dist/**/*.test.js', '!test/dist/groups/**'],
  require: ['./test/quiet.js', './test/own-state.js'],
  timeout: '5m',
  concurrency: 2,
  // TensorFlow reads its settings from the environment of the process, and crashes at the end if two threads had it.
  workerThreads: false,
};
