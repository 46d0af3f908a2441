import { alternatives } from '@unfold-zoo/core/config';
import { KINEMATIC_QUANTITIES, type ParticleQuantity } from '@unfold-zoo/core/events';
import { z } from 'zod';

/** Adds a mistake at a place of the file. */
export type Complain = (path: (string | number)[], message: string) => void;

/** `hadronic_top.pt`: one quantity of one particle. The names are checked by `checkFigures`. */
const particleQuantity = z
  .string()
  .regex(/^\w+\.\w+$/, {
    error: 'expected a particle and its quantity with a point between them, e.g. "z.pt"',
    abort: true,
  })
  .transform((text) => {
    const [particle, quantity] = text.split('.');
    return { particle, quantity } as ParticleQuantity;
  });

/** Which figures of a topology matter most; see `TopologyFigures`. */
export const figures = z.strictObject({
  distributions: z
    .array(particleQuantity)
    .min(1)
    .exactOptional()
    .describe('Distributions that a report shows first, in this order. Default: mass and pt of each particle.'),
  correlations: z
    .array(z.tuple([particleQuantity, particleQuantity]))
    .exactOptional()
    .describe(
      'Pairs whose joint distribution a report shows. Default: pt of each particle and the next, at most three.',
    ),
  posterior: z
    .array(particleQuantity)
    .min(1)
    .exactOptional()
    .describe('What unfold posterior shows of one event. Default: the distributions.'),
  terminal: z
    .array(
      z.string().regex(/^\w+\.\w+$/, {
        error: 'expected a particle or an input and its quantity, e.g. "jets.pt"',
        abort: true,
      }),
    )
    .exactOptional()
    .describe(
      'Histograms that unfold inspect draws: <particle>.mass, .px, .py or .pz, <input>.<feature>, or ' +
        '<input>.multiplicity. Default: masses of at most three particles, and the number of objects of each input.',
    ),
});

/** What figures can name. */
interface Named {
  readonly particles: readonly { readonly name: string }[];
  readonly inputs: Readonly<Record<string, { readonly features: readonly { readonly name: string }[] }>>;
}

/** Numbers of a particle that `inspectEvents` can count in a histogram. */
const INSPECTED_QUANTITIES = ['mass', 'px', 'py', 'pz'] as const;

/** Complains of particles, inputs and quantities that the topology does not have. */
export function checkFigures(rules: z.output<typeof figures>, topology: Named, complain: Complain): void {
  const particles = topology.particles.map(({ name }) => name);
  const check = (at: (string | number)[], { particle, quantity }: ParticleQuantity): void => {
    if (!particles.includes(particle)) complain(at, unknown('particle', particle, particles));
    else if (!KINEMATIC_QUANTITIES.includes(quantity))
      complain(at, unknown('quantity', quantity, KINEMATIC_QUANTITIES));
  };
  for (const key of ['distributions', 'posterior'] as const)
    for (const [i, one] of (rules[key] ?? []).entries()) check(['figures', key, i], one);
  for (const [i, pair] of (rules.correlations ?? []).entries())
    for (const [j, one] of pair.entries()) check(['figures', 'correlations', i, j], one);
  for (const [i, name] of (rules.terminal ?? []).entries()) checkTerminal(name, i, topology, complain);
}

function checkTerminal(name: string, place: number, { particles, inputs }: Named, complain: Complain): void {
  const [of, quantity] = name.split('.') as [string, string];
  const names = [...particles.map((each) => each.name), ...Object.keys(inputs)];
  const input = inputs[of];
  const quantities = [
    ...(particles.some((each) => each.name === of) ? INSPECTED_QUANTITIES : []),
    ...(input ? [...input.features.map((each) => each.name), 'multiplicity'] : []),
  ];
  const at = ['figures', 'terminal', place];
  if (!names.includes(of)) complain(at, unknown('particle or input', of, names));
  else if (!quantities.includes(quantity)) complain(at, unknown('quantity', quantity, quantities));
}

const PLURALS = { particle: 'particles', quantity: 'quantities', 'particle or input': 'particles and inputs' } as const;

function unknown(what: keyof typeof PLURALS, name: string, known: readonly string[]): string {
  return `unknown ${what} "${name}"${alternatives(name, PLURALS[what], known)}`;
}

/** The neutrino of a W boson; see `NeutrinoOfW`. */
export const neutrinoOfW = z.strictObject({
  particle: z.string().describe('The neutrino among the particles.'),
  lepton: z.string().describe('Input that holds the charged lepton of the same W boson; features energy, px, py, pz.'),
  missing: z.string().describe('Input that is the missing transverse momentum; features px, py.'),
});

/** Complains of a neutrino whose particle or inputs the topology does not have, or that lack the features. */
export function checkNeutrinoOfW(
  rules: z.output<typeof neutrinoOfW>,
  { particles, inputs }: Named,
  complain: Complain,
): void {
  const names = particles.map(({ name }) => name);
  if (!names.includes(rules.particle))
    complain(['neutrinoOfW', 'particle'], unknown('particle', rules.particle, names));
  for (const [key, needs] of Object.entries({ lepton: ['energy', 'px', 'py', 'pz'], missing: ['px', 'py'] } as const)) {
    const input = rules[key as 'lepton' | 'missing'];
    const features = inputs[input]?.features.map(({ name }) => name);
    const lacking = needs.filter((need) => !features?.includes(need));
    const at = ['neutrinoOfW', key];
    if (!features) complain(at, `unknown input "${input}"${alternatives(input, 'inputs', Object.keys(inputs))}`);
    else if (lacking.length > 0) complain(at, `input ${input} has no feature ${lacking.join(', ')}`);
  }
}
