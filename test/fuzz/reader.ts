import type { Mutation } from './mutations.js';

/** Something that the product reads, with an intact example of it. */
export interface Reader {
  /** As `--reader` names it. */
  readonly name: string;
  /** Whether a checksum protects the content, so that it is read as it was or not at all. */
  readonly hasChecksum: boolean;
  readonly mutation: Mutation;
  /** Makes the example in a folder of its own. */
  prepare(folder: string): Promise<Example>;
}

/** An intact file, and how one like it is read. */
export interface Example {
  readonly bytes: Uint8Array;
  /** What a user gets who reads such bytes; throws a `UserError` if it is refused. */
  read(bytes: Uint8Array): Promise<unknown>;
}
