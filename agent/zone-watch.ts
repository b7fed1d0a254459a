/** The settings of zone.yml by which agent and airlock are watched. Without them nothing listens and nothing is sent. */
import { BlockList, isIP } from 'node:net';
import { z } from 'zod';
import { tracesSetting } from '../src/lib/traces.ts';
import { isLoopback, watchSetting } from '../src/lib/watch-settings.ts';

const PRIVATE = new BlockList();
for (const [net, bits] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const)
  PRIVATE.addSubnet(net, bits, 'ipv4');
PRIVATE.addSubnet('fc00::', 7, 'ipv6');

/** This machine, or an address that no network outside leads to. A name could lead anywhere tomorrow. */
export function isWithinZone(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '');
  if (isLoopback(bare)) return true;
  const family = isIP(bare);
  return family !== 0 && PRIVATE.check(bare, family === 4 ? 'ipv4' : 'ipv6');
}

/** Not `0.0.0.0` either: that is every network this machine is in. */
export const zoneWatch = watchSetting.refine(({ listen }) => isWithinZone(listen.host), {
  path: ['listen', 'host'],
  error:
    'it listens on this machine or on one private address of the zone (10., 172.16.–172.31., 192.168., fc00::/7)',
});

/** Traces of a zone stay in it. */
export const zoneTraces = tracesSetting.refine(
  ({ endpoint }) => URL.canParse(endpoint) && isWithinZone(new URL(endpoint).hostname),
  {
    path: ['endpoint'],
    error: 'the collector stands in the zone: this machine or a private address, no name',
  },
);

const bytes = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const MIB = 1024 ** 2;

/** When too little is left on the disk of the state folder. Amber is an alarm; at red no new work is taken. */
export const zoneDisk = z
  .strictObject({
    amber_free_bytes: bytes.default(2048 * MIB),
    red_free_bytes: bytes.default(256 * MIB),
    /** What everything in the state folder may take: amber at nine tenths of it, red at all of it. */
    budget_bytes: bytes.min(MIB).optional(),
  })
  .prefault({})
  .refine((disk) => disk.red_free_bytes <= disk.amber_free_bytes, {
    path: ['red_free_bytes'],
    error: 'red is the last line: it cannot come before amber (amber_free_bytes)',
  });
export type ZoneDisk = z.infer<typeof zoneDisk>;
