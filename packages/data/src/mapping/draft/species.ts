/** Particles by their numbers of the Particle Data Group: what one, the particle and the antiparticle are called. */
export interface Species {
  readonly names: readonly [any: string, particle: string, antiparticle: string];
  readonly ids: readonly number[];
}

/** What a drafted topology may call the particles of a hard process. */
export const SPECIES: readonly Species[] = [
  { names: ['higgs', 'higgs', 'higgs'], ids: [25] },
  { names: ['top', 'top', 'antitop'], ids: [6] },
  { names: ['Z', 'Z', 'Z'], ids: [23] },
  { names: ['W', 'W_plus', 'W_minus'], ids: [24] },
  { names: ['b', 'b', 'anti_b'], ids: [5] },
  { names: ['charged_lepton', 'lepton', 'antilepton'], ids: [11, 13, 15] },
  { names: ['neutrino', 'neutrino', 'antineutrino'], ids: [12, 14, 16] },
];
