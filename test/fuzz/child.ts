// Runs the cases that its parent sends, one at a time, and says how each ended.
import { type Case, CaseRunner } from './cases.js';

const runner = new CaseRunner();
process.on('message', (each: Case) => {
  void runner.run(each).then((outcome) => {
    process.send!({ ...outcome, peakBytes: process.resourceUsage().maxRSS * 1024 });
  });
});
process.on('disconnect', () => runner[Symbol.dispose]());
