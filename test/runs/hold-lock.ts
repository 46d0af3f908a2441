// Takes the lock of a folder again and again, and notes when it has it: hold-lock.js <folder> <file> <times>.
import { appendFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { isUserError } from '@unfold-zoo/core';
import { WriteLock } from '@unfold-zoo/runs';

const [folder, file, times] = process.argv.slice(2) as [string, string, string];
const log = { warn: (text: string) => appendFileSync(file, `${process.pid} warned ${text}\n`) };

async function take(): Promise<WriteLock> {
  for (;;) {
    try {
      return await WriteLock.ofFolder(folder, { work: 'counting', log });
    } catch (error) {
      if (!isUserError(error) || !error.message.startsWith('busy')) throw error;
      await delay(5 * Math.random());
    }
  }
}

for (let i = 0; i < Number(times); i++) {
  const lock = await take();
  appendFileSync(file, `${process.pid} begins\n`);
  await delay(10 * Math.random());
  appendFileSync(file, `${process.pid} ends\n`);
  lock.release();
}
