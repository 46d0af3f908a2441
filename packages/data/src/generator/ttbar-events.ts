import type { RawEvents } from '../files/raw-events.js';

/** Jets kept of an event, hardest first. */
export const JET_CAPACITY = 20;
/** Rows of `momenta`: the particles of the topology `semileptonic-ttbar`. */
export const PARTICLES = 11;

/** A jet per quark, -1 for none, under the names that SPANet gives them. */
export const TARGETS = ['/TARGETS/lt/b', '/TARGETS/ht/b', '/TARGETS/ht/q1', '/TARGETS/ht/q2'] as const;

/** Values of `/event/process_code`, those of Pythia. */
export const GLUON_FUSION = 601;
export const QUARK_ANNIHILATION = 602;

/** Generated events: columns in GeV and radians. `n` is `size`. */
export interface TtbarEvents extends RawEvents {
  readonly momenta: Float32Array;
  readonly groups: {
    readonly jets: {
      /** [n, 20] each, zero-padded, in falling pT. */
      readonly mass: Float32Array;
      readonly pt: Float32Array;
      readonly eta: Float32Array;
      readonly phi: Float32Array;
      readonly btag: Float32Array;
      /** [n, 20]: 0, 4 or 5. */
      readonly truth_flavor: Int8Array;
      /** [n] jets kept. */
      readonly lengths: Int32Array;
    };
    readonly lepton: {
      readonly mass: Float32Array;
      readonly pt: Float32Array;
      readonly eta: Float32Array;
      readonly phi: Float32Array;
      readonly is_electron: Float32Array;
      /** +1 or -1. */
      readonly charge: Float32Array;
    };
    readonly met: { readonly met: Float32Array; readonly phi: Float32Array };
  };
  readonly extras: {
    /** [n, 11]; 0 for the pair. */
    readonly '/partons/pdg_id': Int8Array;
    /** [n]: 601 for two gluons, 602 for a quark and its antiquark. */
    readonly '/event/process_code': Int16Array;
    /** [n] jets that passed the selection; `lengths` is at most 20. */
    readonly '/event/n_jets_selected': Int16Array;
  } & { readonly [target in (typeof TARGETS)[number]]: BigInt64Array };
}

/** Room for `size` events, all zero. */
export function allocateEvents(size: number): TtbarEvents {
  const jets = () => new Float32Array(size * JET_CAPACITY);
  const column = () => new Float32Array(size);
  const target = () => new BigInt64Array(size);
  return {
    size,
    momenta: new Float32Array(size * PARTICLES * 5),
    groups: {
      jets: {
        mass: jets(),
        pt: jets(),
        eta: jets(),
        phi: jets(),
        btag: jets(),
        truth_flavor: new Int8Array(size * JET_CAPACITY),
        lengths: new Int32Array(size),
      },
      lepton: {
        mass: column(),
        pt: column(),
        eta: column(),
        phi: column(),
        is_electron: column(),
        charge: column(),
      },
      met: { met: column(), phi: column() },
    },
    extras: {
      '/partons/pdg_id': new Int8Array(size * PARTICLES),
      '/event/process_code': new Int16Array(size),
      '/event/n_jets_selected': new Int16Array(size),
      '/TARGETS/lt/b': target(),
      '/TARGETS/ht/b': target(),
      '/TARGETS/ht/q1': target(),
      '/TARGETS/ht/q2': target(),
    },
  };
}
