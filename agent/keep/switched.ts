/**
 * The zone's own switch, on the record: that everything was frozen here, or goes on, and when. Why and who stay, as of every
 * deed. The command notes it itself where it may write here; what was switched by another user, by hand, or while the agent
 * was away, the agent notes when it sees it. An airlock does the same in its own folder.
 */
import { readFileSync, statSync } from 'node:fs';
import type { Clock } from '../../src/lib/clock.ts';
import type { Ids } from '../../src/lib/ids.ts';
import { switchAt, type ZoneFreezes } from '../freezes.ts';
import { deedsKept, noteDeed } from './deeds.ts';

type Switched = 'zone-frozen' | 'zone-unfrozen';

interface Deps {
  clock: Clock;
  ids: Ids;
}

const LONGEST_WHY = 300;

/** False when the folder is another user's, and this one is not root: what it wrote there, the agent could not read. */
export function noteSwitched(
  stateDir: string,
  { deed, why }: { deed: Switched; why: string },
  deps: Deps,
): boolean {
  try {
    const own = process.getuid?.();
    const { uid } = statSync(stateDir);
    if (own !== 0 && uid !== own) return false;
    noteDeed(stateDir, { deed, why: oneLine(why) }, deps);
    return true;
  } catch {
    // A full disk must not keep anybody from freezing: the agent notes it later.
    return false;
  }
}

/** Notes the switch as it stands, if the last word on it was another. Whether it did. */
export function noteIfSwitched(stateDir: string, switchFile: string, deps: Deps): boolean {
  const deed: Switched = switchAt(switchFile) ? 'zone-frozen' : 'zone-unfrozen';
  const said = [...deedsKept(stateDir, 'told'), ...deedsKept(stateDir, 'untold')]
    .filter((kept) => kept.deed === 'zone-frozen' || kept.deed === 'zone-unfrozen')
    .sort((a, b) => a.at - b.at)
    .at(-1);
  if ((said?.deed ?? 'zone-unfrozen') === deed) return false;
  noteDeed(stateDir, { deed, ...byFile(deed === 'zone-frozen' ? switchFile : undefined) }, deps);
  return true;
}

export interface SwitchWatched {
  stateDir: string;
  switchFile: string | undefined;
  freezes: Pick<ZoneFreezes, 'onChange'>;
  /** Whoever switched it may be about to note it: first they. */
  afterMs: number;
  failed(error: unknown): void;
}

/** Looks now, and whenever something was frozen or lifted. */
export function watchSwitch(
  { stateDir, switchFile, freezes, afterMs, failed }: SwitchWatched,
  deps: Deps,
): { close(): void } {
  if (switchFile === undefined) return { close: () => undefined };
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      try {
        noteIfSwitched(stateDir, switchFile, deps);
      } catch (error) {
        failed(error);
      }
    }, afterMs);
    timer.unref();
  };
  const deaf = freezes.onChange(look);
  look();
  return {
    close() {
      deaf();
      clearTimeout(timer);
    },
  };
}

/** Who and why, as far as the file tells. */
function byFile(file: string | undefined): { why: string; by: string } {
  const unknown = { why: '', by: 'unknown' };
  if (file === undefined) return unknown;
  try {
    const reason = /^reason: (.*)$/m.exec(readFileSync(file, 'utf8'))?.[1];
    return { why: reason ? oneLine(unquoted(reason)) : '', by: `user ${statSync(file).uid}` };
  } catch {
    return unknown;
  }
}

function unquoted(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return text;
  }
}

const oneLine = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' ').slice(0, LONGEST_WHY);
