import { FILE_TO_WRITE } from '@unfold-zoo/runs/options';
import { z } from 'zod';

/** `-o, --out`, of commands that write a file of events or draws and cannot do without a name for it. */
export const writtenFile = z.string().describe(FILE_TO_WRITE).meta({ short: 'o', placeholder: 'file' });
