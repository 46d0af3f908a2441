export default {
  files: ['test/dist/**/*.test.js'],
  timeout: '5m',
  concurrency: 2,
};
