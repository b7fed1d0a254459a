/**
 * What stands still in this zone: a copy of what the hub said, kept on disk so that a restart holds it, and the
 * operator's own switch, a file beside zone.yml that agent and airlock watch. Neither needs the hub to hold; the
 * hub lifts nothing by itself, and never the switch. A freeze holds before it is on disk, a lifting after.
 */
import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import {
  freezeOver,
  heard,
  inForce,
  NOTHING_HELD,
  ownScope,
  projectById,
  settled,
  type FreezeScope,
  type Governance,
  type Held,
  type HeldFreeze,
  type WhenFrozen,
} from '../src/governance/governance.ts';
import { canonicalJson } from '../src/lib/canonical.ts';
import type { Clock } from '../src/lib/clock.ts';
import type { Logger } from '../src/lib/logger.ts';
import { isRefusal, refusal, Refused, type Refusal } from '../src/lib/refusal.ts';
import type { FreezeActTold } from '../src/protocol/protocol.ts';
import { readIfThere, writeWhole } from './store/durable.ts';

/** What holds here, and since when. */
export interface FrozenHere {
  scope: FreezeScope;
  running: WhenFrozen;
  at: number;
  by: 'governance' | 'zone';
}

export interface ZoneFreezesOptions {
  /** Where the copy is kept. */
  file: string;
  /** The operator's switch: on while this file is there. Absent only in tests. */
  switchFile?: string;
  backend: string;
  /** Nothing that governance froze goes on until the zone's operator has confirmed its lifting. */
  confirm: boolean;
  governance(): Governance | undefined;
  clock: Clock;
  logger: Logger;
  /** How often the switch is looked at; nobody waits for that. */
  lookMs?: number;
}

const LOOK_MS = 1000;

export class ZoneFreezes {
  readonly #options: ZoneFreezesOptions;
  readonly #listeners = new Set<() => void>();
  readonly #timer: NodeJS.Timeout | undefined;
  /** As it is on disk. */
  #held: Held;
  /** What is to be there and could not be written yet; the freezes that were heard meanwhile hold, whatever was heard after them. */
  #unwritten: { held: Held; freezes: readonly HeldFreeze[] } | undefined;
  #switch: FrozenHere | undefined;

  /** Throws Refused when what was kept cannot be read: then nobody knows what stands still. */
  constructor(options: ZoneFreezesOptions) {
    this.#options = options;
    this.#held = readHeld(options.file);
    this.#switch = switchAt(options.switchFile);
    if (options.switchFile === undefined) return;
    this.#timer = setInterval(() => this.#lookAgain(), options.lookMs ?? LOOK_MS);
    this.#timer.unref();
  }

  /** Number of the last act that was heard, for the next poll. */
  get seq(): number {
    return this.#held.seq;
  }

  /**
   * What a poll brought: on disk before the next poll says that it was heard. Throws when it cannot be written; what was
   * frozen stands still all the same, and the writing is tried again with the next look.
   */
  take(acts: readonly FreezeActTold[] | Refusal | undefined): void {
    if (isRefusal(acts)) {
      this.#options.logger.error(
        { code: acts.code },
        'A list of freezes was not taken: it is not to be trusted',
      );
      return;
    }
    if (acts && acts.length > 0) this.#become(this.#believed(heard(this.#wanted, acts)));
  }

  /** By the newest governance: somebody who lifts may be known only now. */
  settle(): void {
    this.#become(this.#believed(this.#wanted));
  }

  /** What holds of this project here; null: of everything on this backend. */
  over(project: string | null | undefined): FrozenHere | undefined {
    const { backend } = this.#options;
    const g = this.#options.governance();
    // A project may have got another id since it was frozen, or since whoever asks wrote its id down.
    const now = (scope: FreezeScope): FreezeScope => (g ? ownScope(g, scope) : scope);
    const told = this.#holding().map(
      (each): FrozenHere => ({ ...each, scope: now(each.scope), by: 'governance' }),
    );
    const known = project && g ? (projectById(g, project)?.id ?? project) : project;
    return freezeOver(this.#switch ? [...told, this.#switch] : told, { project: known, backend });
  }

  /** Looks at the switch; by itself every second. */
  look(): void {
    const now = switchAt(this.#options.switchFile);
    const was = this.#switch;
    this.#switch = now;
    if (was?.at !== now?.at || was?.running !== now?.running) {
      this.#options.logger.warn({ on: now !== undefined }, "The zone's own freeze was switched");
      this.#tell();
    }
    this.settle();
  }

  /** A timer's throw would end the process: what it could not write down is tried again in a second. */
  #lookAgain(): void {
    try {
      this.look();
    } catch (err) {
      this.#options.logger.error({ err }, 'What is frozen here could not be looked at or written down');
    }
  }

  /** Called when something was frozen or lifted. Returns how to stop. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #believed(held: Held): Held {
    const { governance, clock, confirm, switchFile } = this.#options;
    if (!held.freezes.some(({ lift, lifted }) => lift !== null && !lifted)) return held;
    const ids = confirm ? confirmedAt(switchFile) : undefined;
    return settled(held, governance(), { at: clock.now(), confirmed: (id) => ids?.has(id) ?? true });
  }

  #become(held: Held): void {
    const text = canonicalJson(held);
    if (text === canonicalJson(this.#held)) return;
    const before = this.#ids();
    const known = new Set([...this.#held.freezes, ...this.#unwrittenFreezes].map(({ id }) => id));
    const fresh = inForce(held).filter(({ id }) => !known.has(id));
    this.#unwritten = { held, freezes: [...this.#unwrittenFreezes, ...fresh] };
    try {
      // A disk may be full, or take its time: whoever is to stop is told first.
      this.#tellIfNot(before);
    } finally {
      this.#write(held, text);
    }
  }

  #write(held: Held, text: string): void {
    writeWhole(this.#options.file, text);
    const before = this.#ids();
    this.#held = held;
    this.#unwritten = undefined;
    this.#tellIfNot(before);
  }

  get #wanted(): Held {
    return this.#unwritten?.held ?? this.#held;
  }

  get #unwrittenFreezes(): readonly HeldFreeze[] {
    return this.#unwritten?.freezes ?? [];
  }

  #holding(): readonly HeldFreeze[] {
    return [...inForce(this.#held), ...this.#unwrittenFreezes];
  }

  #ids(): string {
    return this.#holding()
      .map(({ id }) => id)
      .sort()
      .join();
  }

  #tellIfNot(before: string): void {
    if (this.#ids() === before) return;
    this.#options.logger.warn({ holding: this.#holding().length }, 'What is frozen here has changed');
    this.#tell();
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

/** As zone.yml has it. */
export function freezesFor(
  zone: Confirms & { backend: string; freeze_file?: string | undefined },
  file: string,
  parts: Pick<ZoneFreezesOptions, 'governance' | 'clock' | 'logger'>,
): ZoneFreezes {
  const { backend, freeze_file: switchFile } = zone;
  const confirm = mustConfirm(zone);
  return new ZoneFreezes({ file, backend, confirm, ...parts, ...(switchFile && { switchFile }) });
}

interface Confirms {
  review: { trust: 'hub' | 'zone' };
  confirm_unfreeze?: boolean | undefined;
}

/** Where nobody outside is believed about who acted, and wherever zone.yml says so. */
export const mustConfirm = ({ review, confirm_unfreeze: asked }: Confirms): boolean =>
  asked === true || review.trust === 'zone';

const person = z.int().positive();
const heldFile = z.strictObject({
  seq: z.int().min(0),
  freezes: z.array(
    z.strictObject({
      id: z.string(),
      scope: z.discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('all') }),
        z.strictObject({ kind: z.literal('project'), id: z.string() }),
        z.strictObject({ kind: z.literal('backend'), id: z.string() }),
      ]),
      running: z.enum(['stop', 'finish']),
      at: z.int().min(0),
      lift: z.tuple([person, person]).nullable(),
      lifted: z.boolean(),
    }),
  ),
});

/** What an agent or airlock holds, by the file it keeps. */
export function readHeld(file: string): Held {
  try {
    const text = readIfThere(file);
    return text === undefined ? NOTHING_HELD : heldFile.parse(JSON.parse(text));
  } catch (cause) {
    const no = refusal(
      'zone.freezes-unreadable',
      `${file} holds something else than this program wrote there, so nobody knows what is frozen.`,
      'Find out who changed it; then remove it, and the hub tells what it knows of freezes again.',
    );
    throw new Refused(no, { cause });
  }
}

/** On while something is there, whatever it is: one that cannot be looked at may be there. */
export function switchAt(file: string | undefined): FrozenHere | undefined {
  if (file === undefined) return undefined;
  const on = { scope: { kind: 'all' }, by: 'zone' } as const;
  try {
    const at = Math.floor(statSync(file).mtimeMs);
    return { ...on, at, running: /^running: finish$/m.test(readFileSync(file, 'utf8')) ? 'finish' : 'stop' };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? undefined : { ...on, at: 0, running: 'stop' };
  }
}

/** Where the operator confirms what the hub says was lifted: ids, one per line. */
export const confirmFile = (switchFile: string): string => `${switchFile}.lifted`;

function confirmedAt(switchFile: string | undefined): Set<string> {
  if (switchFile === undefined) return new Set();
  try {
    return new Set(readFileSync(confirmFile(switchFile), 'utf8').split('\n'));
  } catch {
    return new Set();
  }
}
