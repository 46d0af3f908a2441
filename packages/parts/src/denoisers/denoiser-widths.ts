/** What a denoiser lies between. */
export interface DenoiserWidths {
  /** L. */
  readonly latent: number;
  /** D. */
  readonly condition: number;
}
