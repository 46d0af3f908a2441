/** A shift of a normal distribution by one standard deviation moves its distribution function by one over this. */
export const SHIFT_OF_SHARE = Math.sqrt(2 * Math.PI);

/** Standard errors at which a difference of shares is told, and which an undecided one may still be off. */
export const [TOLD, DOUBTED] = [3, 2] as const;
