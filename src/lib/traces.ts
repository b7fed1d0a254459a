/**
 * Traces: one for each job request, from the webhook that asked for it to the container that ran it.
 *
 * Nothing is carried from process to process. Every id of a trace is computed from an id that both sides have
 * anyway (delivery, request, job, task), so hub and agent write into the same trace without a field for it, and
 * nobody can make one write into another's. A span is told when it is over, with its times; names and attributes
 * come from the lists below. With no exporter nothing is loaded and nothing is computed.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Logger } from './logger.ts';
import type { Role } from './metrics.ts';
import type { SpanName, Traces } from './spans.ts';
import { isLoopback } from './watch-settings.ts';

export * from './spans.ts';

const hash = (kind: string, id: string, digits: number): string =>
  createHash('sha256').update(`sallyport trace\0${kind}\0${id}`).digest('hex').slice(0, digits);
/** Of the whole story of a job request. */
export const traceOf = (request: string): string => hash('request', request, 32);
/** Of a delivery that no job request came from. */
export const traceOfDelivery = (guid: string): string => hash('delivery', guid, 32);
export const spanOf = (name: SpanName, id: string): string => hash(`span ${name}`, id, 16);

/** The delivery being handled, and the trace that it turns out to belong to. */
const handling = new AsyncLocalStorage<{ guid: string; trace?: string }>();

/** Handles a delivery and tells of it; it belongs to the first request that it made. */
export async function tracedDelivery<T>(
  traces: Traces | undefined,
  delivery: { guid: string; event: string; receivedAt: number },
  now: () => number,
  work: () => Promise<T>,
  outcomeOf: (answer: T) => string,
): Promise<T> {
  if (!traces) return work();
  const held: { guid: string; trace?: string } = { guid: delivery.guid };
  const tell = (outcome: string): void =>
    traces.tell({
      name: 'webhook',
      trace: held.trace ?? traceOfDelivery(delivery.guid),
      span: spanOf('webhook', delivery.guid),
      start: delivery.receivedAt,
      end: now(),
      failed: outcome !== 'done',
      attributes: { event: delivery.event, delivery: delivery.guid, outcome },
    });
  return handling.run(held, async () => {
    try {
      const answer = await work();
      tell(outcomeOf(answer));
      return answer;
    } catch (error) {
      tell('failed');
      throw error;
    }
  });
}

/** The trace that a line of a log belongs to: of its job request, else of the delivery that is being handled. */
export function traceOfLine({
  request,
  delivery,
}: {
  request?: unknown;
  delivery?: unknown;
}): string | undefined {
  if (typeof request === 'string') return traceOf(request);
  if (typeof delivery !== 'string') return undefined;
  const from = handling.getStore();
  return from?.guid === delivery && from.trace ? from.trace : traceOfDelivery(delivery);
}

/** A request was made just now: the first span of its trace, beneath the delivery it came from. */
export function tellRequest(
  traces: Traces | undefined,
  request: { id: string; backend: string; outcome: string; start: number; end: number },
): void {
  if (!traces) return;
  const trace = traceOf(request.id);
  const from = handling.getStore();
  const isFirst = from && (from.trace ??= trace) === trace;
  traces.tell({
    name: 'request',
    trace,
    span: spanOf('request', request.id),
    ...(isFirst && { parent: spanOf('webhook', from.guid) }),
    start: request.start,
    end: request.end,
    attributes: { request: request.id, backend: request.backend, outcome: request.outcome },
  });
}

/** Where spans are sent by OTLP over HTTP: the whole address, such as `http://127.0.0.1:4318/v1/traces`. */
export const tracesSetting = z.strictObject({
  endpoint: z.url().refine((text) => {
    const at = URL.canParse(text) ? new URL(text) : undefined;
    const isPlain = at?.protocol === 'http:' && isLoopback(at.hostname.replace(/^\[|\]$/g, ''));
    return at !== undefined && (at.protocol === 'https:' || isPlain) && !at.username && !at.password;
  }, 'write https://…, or http:// to this machine, without a password in it'),
});
export type TracesSetting = z.infer<typeof tracesSetting>;

/** Undefined without a setting: then the SDK is not even loaded. */
export async function openTraces(
  role: Role,
  setting: TracesSetting | undefined,
  logger: Logger,
): Promise<Traces | undefined> {
  if (!setting) return undefined;
  const { otlpTraces } = await import('./traces-otlp.ts');
  logger.info({ endpoint: setting.endpoint }, 'Traces are sent');
  return otlpTraces(role, setting.endpoint);
}
