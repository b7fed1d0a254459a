/**
 * Counters, gauges and histograms of one process, in a registry of its own, as Prometheus reads them.
 *
 * A name is `sallyport_<role>_<what>`, and a label takes its values from a list that stands in the code, or
 * from the first few that turn up (`bounded`): what somebody else chooses can neither fill the memory nor
 * smuggle a text out. Any other value is counted as `other`.
 */
import {
  Counter as PromCounter,
  collectDefaultMetrics,
  Gauge as PromGauge,
  Histogram as PromHistogram,
  Registry,
} from 'prom-client';

export const ROLES = ['hub', 'steward', 'proxy', 'agent', 'airlock'] as const;
export type Role = (typeof ROLES)[number];

/** Where a value ends up that its label does not know. */
export const OTHER = 'other';

/** Values are not known when the code is written (backends, keys): the first `most` are counted singly. */
export interface Bounded {
  readonly most: number;
}
export const bounded = (most: number): Bounded => ({ most });

export type LabelKinds = Readonly<Record<string, readonly string[] | Bounded>>;
/** The labels of one observation: each of them, with a value of its list. */
export type Labels<K extends LabelKinds> = {
  readonly [N in keyof K]: K[N] extends readonly (infer V extends string)[] ? V : string;
};

export interface Counter<K extends LabelKinds> {
  add(labels: Labels<K>, by?: number): void;
}
/** Absent until it is set: nothing known is not zero, least of all where zero is good news or bad. */
export interface Gauge<K extends LabelKinds> {
  set(labels: Labels<K>, value: number): void;
  /** Before a set of values is written afresh: what is no longer there is no longer shown. */
  clear(): void;
}
export interface Histogram<K extends LabelKinds> {
  /** In the unit of its name: seconds, bytes. */
  observe(labels: Labels<K>, value: number): void;
}

export interface Metrics {
  readonly role: Role;
  readonly registry: Registry;
  /** `name` ends in `_total`. Without labels the observation is `add({})`. */
  counter<const K extends LabelKinds>(name: string, help: string, kinds?: K): Counter<K>;
  gauge<const K extends LabelKinds>(name: string, help: string, kinds?: K): Gauge<K>;
  /** `name` ends in its unit; `buckets` rise. */
  histogram<const K extends LabelKinds>(
    name: string,
    help: string,
    options: { buckets: readonly number[]; labels?: K },
  ): Histogram<K>;
  /** Runs before each reading: for what is cheaper to look up than to keep in step. A failure leaves the last values. */
  beforeReading(look: () => void | Promise<void>): void;
  /** Memory, CPU, open files, event loop. Never next to real data: a job's size shows in them. */
  watchProcess(): void;
  /** The text that Prometheus reads, and its type. */
  read(): Promise<{ type: string; text: string }>;
}

/** Seconds, from an answer at once to an hour. */
export const DURATIONS = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600] as const;

/** An own registry: two roles in one process (the demo, tests) do not meet. */
export function createMetrics(role: Role): Metrics {
  const registry = new Registry();
  const looks: (() => void | Promise<void>)[] = [];
  let watching = false;
  const named = (name: string, ending: RegExp): string => {
    if (!/^[a-z][a-z0-9_]*$/.test(name) || !ending.test(name) || name.startsWith('sallyport_'))
      throw new TypeError(`not a name for a metric: ${name}`);
    return `sallyport_${role}_${name}`;
  };
  return {
    role,
    registry,
    counter<const K extends LabelKinds>(name: string, help: string, kinds?: K): Counter<K> {
      const guard = guarded(kinds);
      const made = new PromCounter({
        name: named(name, /_total$/),
        help,
        labelNames: guard.names,
        registers: [registry],
      });
      return { add: (labels, by = 1) => made.inc(guard.values(labels), by) };
    },
    gauge<const K extends LabelKinds>(name: string, help: string, kinds?: K): Gauge<K> {
      const guard = guarded(kinds);
      const made = new PromGauge({
        name: named(name, /(?<!_total)$/),
        help,
        labelNames: guard.names,
        registers: [registry],
      });
      // The library begins, and begins afresh, a gauge without labels with zero.
      const clear = (): void => {
        made.reset();
        if (guard.names.length === 0) made.remove();
      };
      clear();
      return { set: (labels, value) => made.set(guard.values(labels), value), clear };
    },
    histogram<const K extends LabelKinds>(
      name: string,
      help: string,
      options: { buckets: readonly number[]; labels?: K },
    ): Histogram<K> {
      const guard = guarded(options.labels);
      const made = new PromHistogram({
        name: named(name, /_(seconds|bytes)$/),
        help,
        labelNames: guard.names,
        buckets: [...options.buckets],
        registers: [registry],
      });
      return { observe: (labels, value) => made.observe(guard.values(labels), value) };
    },
    beforeReading(look) {
      looks.push(look);
    },
    watchProcess() {
      if (watching) return;
      watching = true;
      collectDefaultMetrics({ register: registry, prefix: `sallyport_${role}_` });
    },
    async read() {
      await Promise.allSettled(looks.map(async (look) => look()));
      return { type: registry.contentType, text: await registry.metrics() };
    },
  };
}

function guarded(kinds: LabelKinds = {}): {
  names: string[];
  values(labels: Readonly<Record<string, string>>): Record<string, string>;
} {
  const seen = new Map<string, Set<string>>();
  const held = (name: string, kind: readonly string[] | Bounded, value: string): string => {
    if (!('most' in kind)) return kind.includes(value) ? value : OTHER;
    const known = seen.get(name) ?? new Set<string>();
    seen.set(name, known);
    if (!known.has(value) && known.size < kind.most && /^[\w.:/-]{1,64}$/.test(value)) known.add(value);
    return known.has(value) ? value : OTHER;
  };
  return {
    names: Object.keys(kinds),
    values: (labels) =>
      Object.fromEntries(
        Object.entries(kinds).map(([name, kind]) => [name, held(name, kind, labels[name] ?? OTHER)]),
      ),
  };
}
