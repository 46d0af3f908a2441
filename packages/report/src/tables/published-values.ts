/** The models of the paper, in the order of its tables. */
export const PUBLISHED_MODELS = ['VLD', 'UC-VLD', 'C-VLD', 'LDM', 'VDM', 'CVAE', 'CINN'] as const;
/** The name of one of the `PUBLISHED_MODELS`. */
export type PublishedModel = (typeof PUBLISHED_MODELS)[number];

/** One number per model, in the order of `PUBLISHED_MODELS`. */
export type PublishedRow = readonly number[];

/** Events the published distances were measured on (paper, section 5, Dataset). */
export const PUBLISHED_TEST_EVENTS = 1_332_514;

/** Where the published numbers stand. */
export const PUBLISHED_SOURCE =
  'End-To-End Latent Variational Diffusion Models for Inverse Problems in High Energy Physics, Tables 1 and 3 to 10';

/** Table 1: sums over particles and quantities, by metric. */
export const PUBLISHED_TOTALS: Readonly<Record<string, PublishedRow>> = {
  Wasserstein: [108.76, 73.56, 389.62, 402.32, 2478.35, 484.56, 3009.08],
  Energy: [7.59, 6.35, 25.39, 24.09, 181.35, 32.29, 185.13],
  'K-S': [4.08, 3.41, 4.65, 5.91, 17.14, 6.37, 15.74],
  KL64: [3.47, 5.77, 9.54, 14.71, 29.28, 7.79, 28.55],
  KL128: [3.74, 7.1, 10.09, 16.34, 32.29, 9.17, 30.19],
  KL256: [4.53, 8.48, 10.79, 17.92, 35.6, 10.6, 32.37],
};

/** Tables 3 to 6: sums over quantities, by metric and by particle as the semileptonic event description names it. */
export const PUBLISHED_PARTICLES: Readonly<Record<string, Readonly<Record<string, PublishedRow>>>> = {
  Wasserstein: {
    leptonic_b: [11.96, 5.23, 9.08, 16.74, 212.29, 33.85, 143.49],
    neutrino: [10.33, 7.4, 36.69, 29.63, 117.37, 36.95, 149.22],
    charged_lepton: [2.95, 2.76, 3.07, 11.13, 155.87, 8.72, 96.89],
    hadronic_b: [9.52, 4.72, 11.38, 15.66, 226.58, 39.02, 132.69],
    hadronic_q1: [8.88, 7.19, 24.26, 35.33, 187.24, 58.33, 180.42],
    hadronic_q2: [8.56, 5.93, 53.15, 43.56, 99.16, 46.42, 123.12],
    leptonic_W: [8.18, 8.19, 43.63, 37.87, 213.51, 32.96, 260.12],
    hadronic_W: [7.55, 6.94, 39.97, 50.28, 215.1, 53.85, 308.33],
    leptonic_top: [9.57, 9.12, 46.56, 43.27, 323.0, 46.51, 408.39],
    hadronic_top: [15.12, 6.57, 36.25, 48.82, 343.31, 59.08, 444.66],
    ttbar: [16.15, 9.52, 85.58, 70.04, 384.93, 68.85, 761.74],
  },
  Energy: {
    leptonic_b: [0.93, 0.59, 0.62, 1.01, 17.04, 2.53, 10.33],
    neutrino: [0.79, 0.73, 2.31, 1.76, 11.02, 2.72, 12.15],
    charged_lepton: [0.24, 0.29, 0.26, 0.7, 13.99, 0.59, 7.56],
    hadronic_b: [0.61, 0.43, 0.94, 1.0, 17.83, 2.75, 9.06],
    hadronic_q1: [0.9, 0.77, 2.71, 2.75, 16.3, 4.82, 14.73],
    hadronic_q2: [0.79, 0.57, 3.9, 2.93, 10.0, 4.09, 9.85],
    leptonic_W: [0.54, 0.66, 2.94, 2.37, 16.48, 2.09, 17.58],
    hadronic_W: [0.49, 0.45, 2.7, 2.99, 16.18, 3.38, 20.81],
    leptonic_top: [0.64, 0.64, 2.61, 2.42, 21.72, 2.52, 23.27],
    hadronic_top: [0.86, 0.44, 2.03, 2.43, 22.16, 3.32, 24.81],
    ttbar: [0.8, 0.78, 4.36, 3.72, 18.63, 3.47, 34.98],
  },
  'K-S': {
    leptonic_b: [0.85, 0.07, 0.06, 0.59, 1.91, 1.01, 1.3],
    neutrino: [0.97, 1.06, 0.73, 0.88, 1.76, 0.77, 1.71],
    charged_lepton: [0.48, 0.33, 0.52, 0.35, 1.47, 0.43, 1.02],
    hadronic_b: [0.05, 0.05, 0.1, 1.06, 1.95, 0.9, 1.3],
    hadronic_q1: [0.4, 0.4, 0.6, 0.63, 1.63, 0.81, 1.5],
    hadronic_q2: [0.9, 1.0, 0.83, 0.76, 1.64, 0.95, 1.59],
    leptonic_W: [0.1, 0.11, 0.46, 0.37, 1.39, 0.3, 1.27],
    hadronic_W: [0.07, 0.09, 0.42, 0.42, 1.36, 0.32, 1.46],
    leptonic_top: [0.09, 0.1, 0.35, 0.32, 1.61, 0.3, 1.43],
    hadronic_top: [0.1, 0.09, 0.32, 0.28, 1.6, 0.37, 1.48],
    ttbar: [0.06, 0.09, 0.26, 0.24, 0.82, 0.21, 1.68],
  },
  KL128: {
    leptonic_b: [1.5, 0.01, 0.01, 0.49, 5.91, 0.27, 1.44],
    neutrino: [0.14, 3.45, 0.87, 1.43, 0.76, 0.88, 2.48],
    charged_lepton: [0.14, 1.35, 0.44, 0.93, 3.66, 1.04, 3.43],
    hadronic_b: [0.0, 0.01, 0.01, 3.57, 5.99, 0.29, 1.09],
    hadronic_q1: [0.34, 2.07, 0.46, 1.19, 3.8, 1.72, 6.15],
    hadronic_q2: [1.54, 0.08, 0.67, 0.96, 2.31, 0.98, 2.67],
    leptonic_W: [0.02, 0.03, 2.94, 2.59, 2.39, 0.69, 2.13],
    hadronic_W: [0.01, 0.02, 2.43, 2.54, 2.11, 1.25, 2.53],
    leptonic_top: [0.02, 0.03, 1.22, 1.47, 2.5, 0.98, 2.24],
    hadronic_top: [0.03, 0.04, 0.99, 1.14, 2.39, 1.05, 2.45],
    ttbar: [0.01, 0.01, 0.06, 0.04, 0.48, 0.04, 3.59],
  },
};

/** Tables 7 to 10: sums over particles, by metric and quantity. */
export const PUBLISHED_COMPONENTS: Readonly<Record<string, Readonly<Record<string, PublishedRow>>>> = {
  Wasserstein: {
    mass: [2.06, 2.61, 17.76, 19.12, 87.24, 20.91, 113.29],
    pt: [7.18, 7.65, 39.39, 33.44, 429.7, 74.56, 257.2],
    eta: [0.37, 0.26, 0.47, 0.4, 0.44, 0.51, 4.35],
    phi: [0.22, 0.19, 0.2, 0.38, 0.17, 0.3, 1.29],
    energy: [27.33, 16.26, 140.8, 152.24, 772.94, 155.16, 1098.99],
    px: [13.89, 10.48, 25.86, 25.37, 272.43, 50.46, 166.93],
    py: [8.9, 7.95, 26.48, 22.95, 270.28, 47.97, 168.37],
    pz: [48.8, 28.16, 138.66, 148.42, 645.15, 134.69, 1198.66],
  },
  Energy: {
    mass: [0.51, 0.76, 3.77, 3.5, 15.3, 3.0, 9.7],
    pt: [0.77, 1.04, 4.27, 3.42, 44.65, 7.71, 25.36],
    eta: [0.26, 0.17, 0.28, 0.25, 0.25, 0.33, 2.76],
    phi: [0.15, 0.13, 0.14, 0.25, 0.11, 0.21, 0.86],
    energy: [1.4, 0.96, 7.5, 7.36, 53.11, 8.32, 70.01],
    px: [1.25, 1.05, 2.23, 2.2, 20.68, 4.13, 12.49],
    py: [0.87, 0.81, 2.23, 1.88, 20.54, 3.9, 13.15],
    pz: [2.38, 1.43, 4.97, 5.23, 26.71, 4.7, 50.79],
  },
  'K-S': {
    mass: [3.39, 2.78, 3.2, 4.54, 7.55, 4.21, 4.66],
    pt: [0.08, 0.14, 0.36, 0.31, 3.3, 0.67, 1.92],
    eta: [0.14, 0.09, 0.13, 0.12, 0.11, 0.18, 1.34],
    phi: [0.07, 0.06, 0.07, 0.12, 0.05, 0.1, 0.39],
    energy: [0.07, 0.08, 0.36, 0.3, 2.94, 0.45, 3.81],
    px: [0.1, 0.1, 0.18, 0.18, 1.16, 0.31, 0.78],
    py: [0.08, 0.08, 0.17, 0.16, 1.14, 0.29, 0.92],
    pz: [0.15, 0.09, 0.18, 0.17, 0.88, 0.17, 1.91],
  },
  KL128: {
    mass: [3.69, 7.04, 9.78, 15.8, 22.78, 8.53, 12.34],
    pt: [0.01, 0.02, 0.07, 0.07, 3.08, 0.22, 1.66],
    eta: [0.01, 0.01, 0.03, 0.04, 0.04, 0.03, 1.87],
    phi: [0.0, 0.0, 0.0, 0.01, 0.0, 0.01, 0.07],
    energy: [0.01, 0.01, 0.08, 0.24, 2.99, 0.15, 6.53],
    px: [0.01, 0.01, 0.03, 0.03, 1.28, 0.1, 0.92],
    py: [0.0, 0.01, 0.04, 0.03, 1.27, 0.09, 0.92],
    pz: [0.01, 0.0, 0.05, 0.13, 0.86, 0.05, 5.89],
  },
};

/** Whether these are the paper's eleven particles: its numbers mean nothing beside others. */
export function arePublished(particles: readonly { readonly name: string }[]): boolean {
  const theirs = Object.keys(PUBLISHED_PARTICLES['Wasserstein']!);
  const ours = particles.map(({ name }) => name);
  return ours.length === theirs.length && theirs.every((name) => ours.includes(name));
}
