import { z } from 'zod';

const expression = z.union([z.string().min(1), z.number()]);

const prefix = z
  .string()
  .exactOptional()
  .describe('Beginning of the names of columns: those that are not given are called by it, e.g. Jet_pt by Jet_.');

const particle = z
  .strictObject({
    prefix,
    ...{ pt: expression.exactOptional(), eta: expression.exactOptional(), phi: expression.exactOptional() },
    ...{ px: expression.exactOptional(), py: expression.exactOptional(), pz: expression.exactOptional() },
    ...{ mass: expression.exactOptional(), energy: expression.exactOptional() },
    where: z.string().exactOptional().describe('Condition that one entry of the lists fulfils in every event.'),
    sum: z.array(z.string()).min(1).exactOptional().describe('Particles whose momenta it is the sum of, instead.'),
  })
  .describe('pt, eta, phi or px, py, pz, and mass or energy.');

const source = z.strictObject({
  prefix,
  columns: z
    .record(z.string(), expression)
    .default({})
    .describe('Expressions of the columns that the topology needs of the group, by their names.'),
  where: z.string().exactOptional().describe('Condition of the objects that are taken.'),
});

const group = z.strictObject({
  from: z
    .union([source, z.array(source).min(1)])
    .describe('Where its objects come from, one list or several, which follow one another.'),
  sort: z.string().exactOptional().describe('Column of the group by which its objects are sorted, the largest first.'),
  overflow: z
    .enum(['refuse', 'drop'])
    .default('refuse')
    .describe(
      'What becomes of the objects that are more than its capacity: the event is refused, or they are dropped.',
    ),
});

/** Where the events of a topology come from in a file of other columns. Written in YAML or in a config. */
export const mappingSchema = z.strictObject({
  define: z
    .record(z.string().regex(/^[A-Za-z_]\w*$/, 'expected letters, digits and _'), z.string())
    .default({})
    .describe('Expressions that others may use by these names.'),
  select: z.string().exactOptional().describe('Condition of the events that are taken. Default: all.'),
  weight: expression.exactOptional().describe('Event weight. Default: all events count the same.'),
  particles: z
    .record(z.string(), particle)
    .exactOptional()
    .describe('Every particle of the topology. Absent for data whose truth is not known.'),
  groups: z.record(z.string(), group).describe('Every group of the topology.'),
});

/** Where the events of a topology come from in a file of other columns. */
export type Mapping = z.output<typeof mappingSchema>;
/** Where the four-momentum of a particle comes from. */
export type ParticleMapping = NonNullable<Mapping['particles']>[string];
/** Where the objects of a group come from. */
export type GroupMapping = Mapping['groups'][string];
/** One list of objects of a group. */
export type SourceMapping = z.output<typeof source>;
