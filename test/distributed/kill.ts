// Run by hand after a build: `node test/dist/distributed/kill.js 20`. Prints a line for each kill; code 1 if anything
// is wrong.
import { killAndResume } from './kill-and-resume.js';

let wrong = 0;
for await (const { faults, ...killed } of killAndResume(Number(process.argv[2] ?? 20))) {
  console.log(JSON.stringify({ ...killed, faults }));
  if (faults.length > 0) wrong++;
}
console.log(wrong === 0 ? 'nothing was lost' : `${wrong} went wrong`);
process.exitCode = wrong === 0 ? 0 : 1;
