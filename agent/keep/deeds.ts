/**
 * What operators did here: a file each, with who and why, which stays; and told to the hub for the public log, a word and a
 * time, when the hub can be reached. A file that was not told yet outlives the hub's being away and the agent's restarts.
 */
import { mkdirSync, readdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { Clock } from '../../src/lib/clock.ts';
import type { Ids } from '../../src/lib/ids.ts';
import { isRefusal, type Refusal } from '../../src/lib/refusal.ts';
import { toldDeed, type ToldDeed, type ZoneDeed } from '../../src/protocol/protocol.ts';
import { readIfThere, writeWhole } from '../store/durable.ts';
import { asOwnerOf, takenBack, whoTypes } from '../store/owner.ts';
import { namesIn } from './files.ts';

/** `by` and `why` have no way out: the protocol has no field for them. */
const kept = toldDeed.extend({ why: z.string(), by: z.string() });
export type KeptDeed = z.infer<typeof kept>;

const MOST_AT_ONCE = 100;

const untold = (stateDir: string): string => path.join(stateDir, 'deeds', 'untold');
const told = (stateDir: string): string => path.join(stateDir, 'deeds', 'told');

/** Root leaves it as the folder's owner would: the agent reads it, and puts it away when it was told. */
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
    by: deed.by ?? whoTypes(),
  };
  takenBack(stateDir, ['deeds', 'deeds/untold']);
  asOwnerOf(stateDir, () =>
    writeWhole(path.join(untold(stateDir), fileOf(note.id)), `${JSON.stringify(note)}\n`),
  );
  return note;
}

/** Oldest first; what is no deed, or cannot be read, is left where it lies. */
export function deedsKept(
  stateDir: string,
  which: 'untold' | 'told',
  unreadable: (name: string, cause: unknown) => void = () => undefined,
): KeptDeed[] {
  const folder = which === 'untold' ? untold(stateDir) : told(stateDir);
  const textOf = (name: string): string | undefined => {
    try {
      return readIfThere(path.join(folder, name));
    } catch (error) {
      unreadable(name, error);
      return undefined;
    }
  };
  return namesIn(folder)
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => {
      const read = kept.safeParse(parsed(textOf(name)));
      return read.success && fileOf(read.data.id) === name ? [read.data] : [];
    })
    .sort((a, b) => a.at - b.at);
}

/** Notes that this process cannot read or put away: each is said once, and none is in the way of the others. */
export class StuckNotes {
  readonly #said = new Set<string>();
  readonly #told = new Set<string>();
  readonly #say: (name: string, cause: unknown) => void;

  constructor(say: (name: string, cause: unknown) => void = () => undefined) {
    this.#say = say;
  }

  say(name: string, cause: unknown): void {
    if (this.#said.has(name)) return;
    this.#said.add(name);
    this.#say(name, cause);
  }

  /** The hub has it, and it lies where it lay. */
  putAside(name: string, cause: unknown): void {
    this.#told.add(name);
    this.say(name, cause);
  }

  wasTold(name: string): boolean {
    return this.#told.has(name);
  }
}

/** Who is told. */
export interface DeedsHub {
  deeds(deeds: readonly ToldDeed[]): Promise<number | Refusal>;
  /** False for a deed that it has no word for, being older: that waits until it is upgraded. */
  hasWord?(deed: ZoneDeed): boolean;
}

/** How many the hub has now that it had not heard of. What it does not take is told again. */
export async function tellDeeds(stateDir: string, hub: DeedsHub, stuck = new StuckNotes()): Promise<number> {
  const waiting = deedsKept(stateDir, 'untold', (name, cause) => stuck.say(name, cause))
    .filter(({ id, deed }) => !stuck.wasTold(fileOf(id)) && (hub.hasWord?.(deed) ?? true))
    .slice(0, MOST_AT_ONCE);
  if (waiting.length === 0) return 0;
  const answer = await hub.deeds(waiting.map(({ id, deed, at, workspace }) => ({ id, deed, at, workspace })));
  if (isRefusal(answer)) return 0;
  mkdirSync(told(stateDir), { recursive: true, mode: 0o700 });
  for (const { id } of waiting) {
    const name = fileOf(id);
    try {
      renameSync(path.join(untold(stateDir), name), path.join(told(stateDir), name));
    } catch (error) {
      stuck.putAside(name, error);
    }
  }
  return waiting.length;
}

const fileOf = (id: string): string => `${id}.json`;

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
