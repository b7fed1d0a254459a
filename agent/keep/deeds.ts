/**
 * What operators did here: a file each, with who and why, which stays; and told to the hub for the public log, a word and a
 * time, when the hub can be reached. A file that was not told yet outlives the hub's being away and the agent's restarts.
 */
import { mkdirSync, readdirSync, renameSync } from 'node:fs';
import { userInfo } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import type { Clock } from '../../src/lib/clock.ts';
import type { Ids } from '../../src/lib/ids.ts';
import { isRefusal, type Refusal } from '../../src/lib/refusal.ts';
import { toldDeed, type ToldDeed, type ZoneDeed } from '../../src/protocol/protocol.ts';
import { readIfThere, writeWhole } from '../store/durable.ts';
import { namesIn } from './files.ts';

/** `by` and `why` have no way out: the protocol has no field for them. */
const kept = toldDeed.extend({ why: z.string(), by: z.string() });
export type KeptDeed = z.infer<typeof kept>;

const MOST_AT_ONCE = 100;

const untold = (stateDir: string): string => path.join(stateDir, 'deeds', 'untold');
const told = (stateDir: string): string => path.join(stateDir, 'deeds', 'told');

export function noteDeed(
  stateDir: string,
  deed: { deed: ZoneDeed; workspace?: string; why: string; by?: string },
  { clock, ids }: { clock: Clock; ids: Ids },
): KeptDeed {
  const note: KeptDeed = {
    id: ids.id(),
    deed: deed.deed,
    at: clock.now(),
    workspace: deed.workspace ?? null,
    why: deed.why,
    by: deed.by ?? userInfo().username,
  };
  writeWhole(path.join(untold(stateDir), `${note.id}.json`), `${JSON.stringify(note)}\n`);
  return note;
}

/** Oldest first; what is no deed is left where it lies. */
export function deedsKept(stateDir: string, which: 'untold' | 'told'): KeptDeed[] {
  const folder = which === 'untold' ? untold(stateDir) : told(stateDir);
  return namesIn(folder)
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => {
      const read = kept.safeParse(parsed(readIfThere(path.join(folder, name))));
      return read.success && `${read.data.id}.json` === name ? [read.data] : [];
    })
    .sort((a, b) => a.at - b.at);
}

/** How many the hub has now that it had not heard of. What it does not take is told again. */
export async function tellDeeds(
  stateDir: string,
  hub: { deeds(deeds: readonly ToldDeed[]): Promise<number | Refusal> },
): Promise<number> {
  const waiting = deedsKept(stateDir, 'untold').slice(0, MOST_AT_ONCE);
  if (waiting.length === 0) return 0;
  const answer = await hub.deeds(waiting.map(({ id, deed, at, workspace }) => ({ id, deed, at, workspace })));
  if (isRefusal(answer)) return 0;
  mkdirSync(told(stateDir), { recursive: true, mode: 0o700 });
  for (const { id } of waiting)
    renameSync(path.join(untold(stateDir), `${id}.json`), path.join(told(stateDir), `${id}.json`));
  return waiting.length;
}

export const anyUntold = (stateDir: string): boolean => {
  try {
    return readdirSync(untold(stateDir)).length > 0;
  } catch {
    return false;
  }
};

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
