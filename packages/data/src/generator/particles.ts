import { BreitWigner } from './hard-process/breit-wigner.js';

/**
 * Masses and widths in GeV: those of MadGraph's default parameter card, and Pythia's constituent masses for the
 * light quarks. They match the simulated sample, so the constant mass columns of the truth agree.
 */
export const TOP = new BreitWigner(173.0, 1.4915);
/** Mass and width of the W boson, likewise. */
export const W_BOSON = new BreitWigner(80.419, 2.0476);
export const BOTTOM_MASS = 4.7;
export const UP_MASS = 0.33;
export const DOWN_MASS = 0.33;
export const STRANGE_MASS = 0.5;
export const CHARM_MASS = 1.5;
export const ELECTRON_MASS = 5.11e-4;
export const MUON_MASS = 0.10566;

/** Proton-proton centre-of-mass energy in GeV. */
export const COLLISION_ENERGY = 13000;

/** What a jet or parton counts as, as in the files' `truth_flavor`. */
export const LIGHT = 0;
export const CHARM = 4;
export const BOTTOM = 5;
