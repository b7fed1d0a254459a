/** Spans by OTLP over HTTP, in batches, beside the work: a collector that is away or slow costs spans and nothing else. */
import { ROOT_CONTEXT, SpanStatusCode, trace as api } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  type IdGenerator,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base';
import { setTimeout as sleep } from 'node:timers/promises';
import { seconds } from './clock.ts';
import type { Role } from './metrics.ts';
import { SPAN_ATTRIBUTES, SPANS, type SpanTold, type Traces } from './spans.ts';

const MOST_WAITING = 2048;
const SEND_MS = seconds(5);
const CLOSE_MS = seconds(2);
const LONGEST_TEXT = 100;
const SAMPLED = 1;

export function otlpTraces(role: Role, endpoint: string, closeMs = CLOSE_MS): Traces {
  const exporter = new OTLPTraceExporter({ url: endpoint, timeoutMillis: SEND_MS, concurrencyLimit: 2 });
  return tracesTo(role, exporter, { closeMs });
}

/** For tests: any exporter. */
export function tracesTo(
  role: Role,
  exporter: SpanExporter,
  { everyMs = SEND_MS, closeMs = CLOSE_MS } = {},
): Traces {
  // Ids are computed, not drawn: the next span gets these.
  let next = { trace: '', span: '' };
  const idGenerator: IdGenerator = {
    generateTraceId: () => next.trace,
    generateSpanId: () => next.span,
  };
  const processor = new BatchSpanProcessor(exporter, {
    maxQueueSize: MOST_WAITING,
    scheduledDelayMillis: everyMs,
    exportTimeoutMillis: SEND_MS,
  });
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': `sallyport-${role}` }),
    idGenerator,
    spanProcessors: [processor],
  });
  const tracer = provider.getTracer('sallyport');
  return {
    tell(told) {
      if (!isWellFormed(told)) return;
      next = { trace: told.trace, span: told.span };
      const parent =
        told.parent === undefined
          ? ROOT_CONTEXT
          : api.setSpanContext(ROOT_CONTEXT, {
              traceId: told.trace,
              spanId: told.parent,
              traceFlags: SAMPLED,
              isRemote: true,
            });
      const span = tracer.startSpan(
        told.name,
        { startTime: told.start, attributes: attributesOf(told) },
        parent,
      );
      if (told.failed) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end(Math.max(told.start, told.end));
    },
    async close() {
      await Promise.race([
        provider.shutdown().catch(() => undefined),
        sleep(closeMs, undefined, { ref: false }),
      ]);
    },
  };
}

function isWellFormed({ name, trace, span, parent }: SpanTold): boolean {
  return (
    SPANS.includes(name) &&
    /^(?!0{32})[0-9a-f]{32}$/.test(trace) &&
    [span, parent].every((id) => id === undefined || /^(?!0{16})[0-9a-f]{16}$/.test(id))
  );
}

/** Only those of the list, and only short plain words: ids and codes are, a sentence is not. */
function attributesOf({ attributes = {} }: SpanTold): Record<string, string> {
  const shown: Record<string, string> = {};
  for (const name of SPAN_ATTRIBUTES) {
    const value = attributes[name];
    if (value !== undefined && value.length <= LONGEST_TEXT && /^[\w.:-]+$/.test(value))
      shown[`sallyport.${name}`] = value;
  }
  return shown;
}
