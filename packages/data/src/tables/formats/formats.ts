import type { FileFormat } from '../table-file.js';
import { hdf5Format } from './hdf5.js';
import { npyFormat } from './npy.js';
import { npzFormat } from './npz.js';
import { parquetFormat } from './parquet/parquet.js';
import { rootFormat } from './root/root.js';

/** The formats that come with this package. */
export const fileFormats: readonly FileFormat[] = [hdf5Format, rootFormat, parquetFormat, npzFormat, npyFormat];
