import type { NamedFiles } from '@unfold-zoo/core/config';
import { hdf5Format } from '../tables/formats/hdf5.js';
import type { FileOptions } from './file-options.js';
import { FileSource, type FileSourceSetting } from './file-source.js';

/** Events of HDF5 files, read by ranges. */
export class Hdf5Source extends FileSource {
  constructor(options: FileOptions, topologies?: NamedFiles, how: Pick<FileSourceSetting, 'truthOptional'> = {}) {
    super(options, { topologies, format: hdf5Format, ...how });
  }
}
