/** What a hub counts as it happens: requests that came, and its calls to GitHub. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createHash } from 'node:crypto';
import type { Clock } from './lib/clock.ts';
import { createMetrics, DURATIONS, type Metrics } from './lib/metrics.ts';
import { whenOver } from './lib/when-over.ts';

/** Which part of the hub a path belongs to: the first words of it decide, the rest is never a label. */
const DOORS = [
  ['webhooks', /^\/webhooks$/],
  ['agent-poll', /^\/zone\/v1\/tasks\/poll$/],
  ['agent-updates', /^\/zone\/v1\/(tasks\/updates|heartbeat|deeds)$/],
  ['airlock-poll', /^\/zone\/v1\/airlock\/poll$/],
  ['airlock', /^\/zone\/v1\/airlock\//],
  ['steward-poll', /^\/steward\/v1\/poll$/],
  ['steward', /^\/steward\//],
  ['operator', /^\/operator\//],
  ['log', /^\/log(\/|$)/],
  ['health', /^\/healthz$/],
] as const;
type Door = (typeof DOORS)[number][0] | 'pages';
const DOOR_NAMES: readonly Door[] = [...DOORS.map(([name]) => name), 'pages'];
const RESULTS = ['ok', 'refused', 'failed', 'gone'] as const;
const GITHUB_RESULTS = ['ok', 'refused', 'limited', 'failed', 'no-answer'] as const;
const RESOURCES = ['core', 'search', 'graphql', 'integration_manifest', 'code_search'] as const;

export function doorOf(path: string): Door {
  return DOORS.find(([, pattern]) => pattern.test(path))?.[0] ?? 'pages';
}

export interface HubMetrics {
  metrics: Metrics;
  /** Before all routes. */
  count(request: IncomingMessage & { path?: string }, response: ServerResponse, next: () => void): void;
  /** Around every call to GitHub. */
  github: typeof fetch;
}

/** Made before the App, because its calls are counted too; `observeHub` adds what is looked up. */
export function hubMetrics(clock: Clock): HubMetrics {
  const metrics = createMetrics('hub');
  const requests = metrics.counter('http_requests_total', 'Requests that came, by door and how they ended', {
    door: DOOR_NAMES,
    result: RESULTS,
  });
  const open = metrics.gauge('http_open_requests', 'Requests being answered now, open polls among them', {
    door: DOOR_NAMES,
  });
  const took = metrics.histogram('http_seconds', 'How long an answer took, open polls included', {
    buckets: DURATIONS,
    labels: { door: DOOR_NAMES },
  });
  const calls = metrics.counter('github_calls_total', 'Calls to GitHub by result', {
    result: GITHUB_RESULTS,
  });
  const callTook = metrics.histogram('github_call_seconds', 'How long GitHub took', { buckets: DURATIONS });
  const left = metrics.gauge(
    'github_rate_remaining',
    'Calls left in this hour where fewest are, by kind of call',
    {
      resource: RESOURCES,
    },
  );
  // Each is there from the start: an alert on a rise sees the first one too.
  for (const result of RESULTS) for (const door of DOOR_NAMES) requests.add({ door, result }, 0);
  for (const result of GITHUB_RESULTS) calls.add({ result }, 0);
  const limits = new Limits(clock);
  metrics.beforeReading(() => {
    left.clear();
    for (const [resource, remaining] of limits.least()) left.set({ resource }, remaining);
  });
  const now = new Map<Door, number>();
  return {
    metrics,
    count(request, response, next) {
      const door = doorOf((request.url ?? '').split('?')[0] ?? '');
      const began = performance.now();
      const shift = (by: number): void => {
        now.set(door, (now.get(door) ?? 0) + by);
        open.set({ door }, now.get(door) ?? 0);
      };
      shift(1);
      whenOver(request, response, () => {
        shift(-1);
        requests.add({ door, result: resultOf(response) });
        took.observe({ door }, (performance.now() - began) / 1000);
      });
      next();
    },
    github: async (input, init) => {
      const began = performance.now();
      try {
        const answer = await fetch(input, init);
        calls.add({ result: githubResult(answer) });
        limits.note(init?.headers, answer.headers);
        return answer;
      } catch (error) {
        calls.add({ result: 'no-answer' });
        throw error;
      } finally {
        callTook.observe({}, (performance.now() - began) / 1000);
      }
    },
  };
}

function resultOf(response: ServerResponse): (typeof RESULTS)[number] {
  if (!response.writableFinished) return 'gone';
  if (response.statusCode >= 500) return 'failed';
  return response.statusCode >= 400 ? 'refused' : 'ok';
}

function githubResult(answer: Response): (typeof GITHUB_RESULTS)[number] {
  const spent = answer.headers.get('x-ratelimit-remaining') === '0' || answer.headers.has('retry-after');
  if (answer.status === 429 || (answer.status === 403 && spent)) return 'limited';
  if (answer.status >= 500) return 'failed';
  return answer.status >= 400 ? 'refused' : 'ok';
}

/** Each token has limits of its own: the lowest that still counts is what an operator has to know. */
class Limits {
  readonly #clock: Clock;
  readonly #seen = new Map<string, { resource: string; remaining: number; until: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  note(sent: RequestInit['headers'], got: Headers): void {
    const remaining = Number(got.get('x-ratelimit-remaining') ?? NaN);
    const until = Number(got.get('x-ratelimit-reset') ?? NaN) * 1000;
    const resource = got.get('x-ratelimit-resource') ?? 'core';
    if (!Number.isFinite(remaining) || !Number.isFinite(until)) return;
    const token = createHash('sha256')
      .update(new Headers(sent).get('authorization') ?? '')
      .digest('base64');
    if (this.#seen.size > 5000) this.#forget();
    this.#seen.set(`${resource} ${token}`, { resource, remaining, until });
  }

  least(): Map<(typeof RESOURCES)[number], number> {
    this.#forget();
    const found = new Map<(typeof RESOURCES)[number], number>();
    for (const { resource, remaining } of this.#seen.values()) {
      const known = RESOURCES.find((each) => each === resource);
      if (known) found.set(known, Math.min(remaining, found.get(known) ?? Infinity));
    }
    return found;
  }

  #forget(): void {
    for (const [key, { until }] of this.#seen) if (until < this.#clock.now()) this.#seen.delete(key);
  }
}
