/** `backends.yml`: places where jobs run. */
import { z } from 'zod';
import type { AgentKey, Backend } from '../types.ts';
import { bytes, day, duration, names, pattern, publicKey, slug, text } from '../values.ts';

const keyWithHolder = z.strictObject({
  id: slug,
  key: publicKey,
  from: day.optional(),
  until: day.optional(),
});
const keys = z.union(
  [publicKey, z.array(keyWithHolder).min(1, 'at least one key')],
  'a key, or a list of {id, key, from, until}',
);
const weights = z
  .array(z.strictObject({ match: pattern, weight: z.number().positive('above zero') }))
  .default([]);
const slots = z.int('a whole number').min(0, 'zero or more').max(1000, 'at most 1000');

/** Shown on GitHub as it stands: an origin and no more. Inside the zone it may be plain http. */
const viewerAddress = z
  .string()
  .regex(/^https?:\/\/[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?$/, 'an http or https address without a path');

const LIMITS = { cpus: 2, memory: '4G', pids: 512, disk: '10G', time: 'PT24H', log: '20M' };
const POOLS = { general: 10, database: 10 };

export const backendEntry: z.ZodType<Backend> = z
  .strictObject({
    id: slug,
    name: text,
    active: z.boolean().default(true),
    data: z.enum(['real', 'dummy']).default('real'),
    alert_after: duration.prefault('PT30M'),
    maintenance_reporting: z.boolean().default(true),
    datasets: names,
    viewer: viewerAddress.optional(),
    keys: z.strictObject({ agent: keys.optional(), viewer: keys.optional() }).default({}),
    pools: z
      .strictObject({ general: slots.default(POOLS.general), database: slots.default(POOLS.database) })
      .prefault({}),
    limits: z
      .strictObject({
        cpus: z.number().positive('above zero').max(1024, 'at most 1024').default(LIMITS.cpus),
        memory: bytes.prefault(LIMITS.memory),
        pids: z.int().min(16, 'at least 16').max(1_000_000, 'at most 1000000').default(LIMITS.pids),
        disk: bytes.prefault(LIMITS.disk),
        time: duration.prefault(LIMITS.time),
        log: bytes.prefault(LIMITS.log),
      })
      .prefault({}),
    weights: z
      .strictObject({
        default: weights,
        workspaces: z.record(z.string().min(1).max(100), weights).default({}),
      })
      .prefault({}),
  })
  .transform((b) => ({
    id: b.id,
    name: b.name,
    active: b.active,
    data: b.data,
    alertAfterMs: b.alert_after,
    maintenanceReporting: b.maintenance_reporting,
    datasets: b.datasets,
    ...(b.viewer && { viewer: b.viewer }),
    keys: { agent: keyList(b.keys.agent, b.id), viewer: keyList(b.keys.viewer, b.id) },
    pools: b.pools,
    limits: {
      cpus: b.limits.cpus,
      memoryBytes: b.limits.memory,
      pids: b.limits.pids,
      diskBytes: b.limits.disk,
      timeMs: b.limits.time,
      logBytes: b.limits.log,
    },
    weights: b.weights,
  }));

/** One string is the key of one holder, named like the backend. */
function keyList(written: z.output<typeof keys> | undefined, backend: string): AgentKey[] {
  if (written === undefined) return [];
  return typeof written === 'string' ? [{ id: backend, key: written }] : written;
}
