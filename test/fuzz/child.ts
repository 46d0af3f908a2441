// Runs the cases that its parent sends, one at a time, and says how each ended.
import { type Case, CaseRunner } from './cases.js';

const runner = new CaseRunner();
/** From so many bytes on, what earlier cases have left is collected before the next, so that each counts by itself. */
const KEPT_BYTES = 3e8;

process.on('message', (each: Case) => {
  if (process.memoryUsage.rss() > KEPT_BYTES) globalThis.gc?.();
  void runner.run(each).then((outcome) => {
    process.send!({ ...outcome, peakBytes: process.resourceUsage().maxRSS * 1024 });
  });
});
process.on('disconnect', () => runner[Symbol.dispose]());
