export default {
  files: ['test/dist/**/*.test.js'],
  require: ['./test/quiet.js'],
  timeout: '5m',
  concurrency: 2,
};
