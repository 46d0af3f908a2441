import { z } from 'zod';

/** What a file of events or draws is that is to be written. */
export const FILE_TO_WRITE = 'file to write: HDF5, Parquet (.parquet) or NumPy (.npz), by the end of its name';

/** Columns of the input that are kept in the file. */
export const carryOption = z
  .array(z.string())
  .default([])
  .describe('a column of the input that is kept, such as the number of the event')
  .meta({ placeholder: 'column' });
