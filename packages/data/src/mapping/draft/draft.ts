import type { ParticleMapping } from '../mapping-schema.js';

/** A kind of detector object, and where its numbers come from. */
export interface DraftGroup {
  readonly name: string;
  /** Most objects of an event; absent where every event has one. */
  readonly capacity?: number | undefined;
  /** Expressions by the names of its columns; those of a momentum are called pt, eta, phi and mass. */
  readonly columns: Readonly<Record<string, string | number>>;
  readonly where?: string | undefined;
  /** Columns of its momentum, where they are not called pt, eta, phi and mass. */
  readonly momentum?: Readonly<Record<string, string>>;
}

/** A particle of the truth, and where its momentum comes from, as far as that is known. */
export interface DraftParticle {
  readonly name: string;
  readonly mapping?: ParticleMapping | undefined;
}

/** What a file seems to hold. */
export interface Draft {
  /** What the layout is called. */
  readonly layout: string;
  /** Expressions that others use. */
  readonly define?: Readonly<Record<string, string>>;
  readonly select?: string | undefined;
  readonly weight?: string | undefined;
  readonly particles: readonly DraftParticle[];
  readonly groups: readonly DraftGroup[];
  /** What could not be guessed, or is a guess, in sentences. */
  readonly doubts: readonly string[];
  /** Whether the file has the layout of this package, which needs no mapping. */
  readonly isOwnLayout?: boolean;
}
