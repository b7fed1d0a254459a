/** What the proxy counts: requests, bytes and refusals by rule, never by repository or path. */
import { bounded, DURATIONS, type Metrics } from '../lib/metrics.ts';
import type { Seen } from './door.ts';

const RULES = bounded(16);
const NO_RULE = 'none';
const UPSTREAMS = ['github', 'registry', 'packages'] as const;
export type UpstreamName = (typeof UPSTREAMS)[number];

export interface ProxyCounts {
  /** A request has ended. */
  ended(seen: Seen, ms: number): void;
  /** Somebody could not shake hands: no certificate of the zone's, or no TLS at all. */
  handshakeFailed(): void;
}

/** `open`: requests under way, asked when the counts are read. */
export function proxyCounts(metrics: Metrics, open: () => number): ProxyCounts {
  const requests = metrics.counter('requests_total', 'Requests that have ended', {
    rule: RULES,
    result: ['passed', 'refused', 'broken'],
  });
  const refused = metrics.counter('refused_total', 'Refusals, by code', { code: bounded(100) });
  const bytes = metrics.counter('bytes_total', 'Bytes of bodies', {
    rule: RULES,
    direction: ['from_zone', 'to_zone'],
  });
  const took = metrics.histogram('request_seconds', 'From the first byte to the last', {
    buckets: DURATIONS,
    labels: { rule: RULES },
  });
  const handshakes = metrics.counter('handshakes_failed_total', 'Connections that never became a request');
  const now = metrics.gauge('open_requests', 'Requests of agents and airlocks under way');
  metrics.beforeReading(() => now.set({}, open()));
  return {
    ended({ rule = NO_RULE, code, broken, bytesIn = 0, bytesOut = 0 }, ms) {
      requests.add({ rule, result: code ? 'refused' : broken ? 'broken' : 'passed' });
      if (code) refused.add({ code });
      bytes.add({ rule, direction: 'from_zone' }, bytesIn);
      bytes.add({ rule, direction: 'to_zone' }, bytesOut);
      took.observe({ rule }, ms / 1000);
    },
    handshakeFailed: () => handshakes.add({}),
  };
}

/** Of each request that goes out: how long it took until the first byte of its answer, and whether there was one. */
export interface UpstreamCounts {
  answered(upstream: UpstreamName, ms: number): void;
  failed(upstream: UpstreamName): void;
}

export function upstreamCounts(metrics: Metrics): UpstreamCounts {
  const took = metrics.histogram(
    'upstream_seconds',
    'From a request to `github`, `registry` or `packages` to the head of its answer',
    { buckets: DURATIONS, labels: { upstream: UPSTREAMS } },
  );
  const failed = metrics.counter('upstream_failed_total', 'Requests upstream without a whole answer', {
    upstream: UPSTREAMS,
  });
  return {
    answered: (upstream, ms) => took.observe({ upstream }, ms / 1000),
    failed: (upstream) => failed.add({ upstream }),
  };
}

/** What the store of images does. */
export interface StoreCounts {
  hit(): void;
  miss(): void;
  evicted(): void;
  /** `used`: bytes, asked when the counts are read. */
  watch(used: () => number): void;
}

export function storeCounts(metrics: Metrics): StoreCounts {
  const asked = metrics.counter(
    'store_asked_total',
    'Manifests and blobs looked for in the store of images: `hit`, `miss`',
    { result: ['hit', 'miss'] },
  );
  const evicted = metrics.counter('store_evictions_total', 'Entries that gave way to newer ones');
  const bytes = metrics.gauge('store_bytes', 'Bytes in the store, with what is on its way in');
  return {
    hit: () => asked.add({ result: 'hit' }),
    miss: () => asked.add({ result: 'miss' }),
    evicted: () => evicted.add({}),
    watch: (used) => metrics.beforeReading(() => bytes.set({}, used())),
  };
}
