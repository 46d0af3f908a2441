import { type ObservedEvent, observedEventSchema } from '@unfold-zoo/data';
import type { Run } from '@unfold-zoo/runs';
import fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import { z } from 'zod';

/** What a request may ask for. */
export interface Limits {
  /** Bytes of a request. */
  readonly bytes: number;
  /** Events of a request. */
  readonly events: number;
  /** Draws of each event. */
  readonly draws: number;
  /** Time for a request. */
  readonly seconds: number;
}

/** The limits of a server unless others are given. */
export const LIMITS: Limits = { bytes: 1_000_000, events: 100, draws: 10_000, seconds: 30 };

/** The body of `POST /posterior`. */
interface PosteriorRequest {
  readonly events: readonly ObservedEvent[];
  readonly draws: number;
  readonly seed?: number;
}

/**
 * A server that answers events with draws of a trained run: `POST /posterior` takes `{ events, draws, seed }` and gives
 * `{ draws, events: [{ particles, summary }] }`; `GET /` says what it is and how events are to be laid out.
 * @throws UserError for a run whose data do not say how events in memory are laid out.
 */
export async function createServer(run: Run, limits: Limits = LIMITS): Promise<FastifyInstance> {
  const schema = bodySchema(run, limits);
  // What is wrong is refused, never mended: no text for numbers, no silently dropped names.
  const ajv = { customOptions: { coerceTypes: false, removeAdditional: false, allErrors: false } } as const;
  const server = fastify({ bodyLimit: limits.bytes, requestTimeout: 1000 * limits.seconds, ajv });
  server.setErrorHandler(answerError);
  server.get('/', () => ({ model: run.config.name ?? 'model', limits, request: schema }));
  server.post<{ Body: PosteriorRequest }>('/posterior', { schema: { body: schema } }, ({ body }) => {
    const { events, ...options } = body;
    return run.posterior(events, { ...options, signal: AbortSignal.timeout(1000 * limits.seconds) });
  });
  await run.model();
  return server;
}

function bodySchema({ topology }: Run, { events, draws }: Limits) {
  if (!topology) throw new Error('missing topology: the data of the run do not say how events in memory are laid out');
  const body = z.strictObject({
    events: z.array(observedEventSchema(topology)).min(1).max(events),
    draws: z.int().min(1).max(draws).default(1000),
    seed: z.int().min(0).optional(),
  });
  const { $schema: _, ...schema } = z.toJSONSchema(body, { target: 'draft-7', io: 'input' });
  return schema;
}

/** Mistakes in a request are told in full, and of what goes wrong inside nothing but that it did. */
function answerError(
  error: FastifyError,
  _: unknown,
  reply: { code(status: number): { send(body: object): unknown } },
) {
  if (error.name === 'TimeoutError')
    return reply.code(503).send({ error: 'out of time: ask for fewer draws or events' });
  if (error.name === 'UserError') return reply.code(400).send({ error: error.message });
  const status = error.statusCode ?? 500;
  return reply.code(status).send({ error: status < 500 ? error.message : 'the server failed' });
}
