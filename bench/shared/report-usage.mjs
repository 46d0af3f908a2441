// Loaded into a process by `--import`: says on file descriptor 3, as the process ends, what it has used.
import { writeSync } from 'node:fs';

process.once('exit', () => writeSync(3, JSON.stringify(process.resourceUsage())));
