/**
 * Which governance is in force where the zone trusts nobody but its signers.
 *
 * approved: the newest version that two signers signed and that has waited; it acts whole · head: a valid
 * version that the branch showed, with the moment this zone first saw it · in force: the approved one,
 * less whatever any head since has taken away. Giving back what was taken is a gift, and waits as well.
 *
 * The moments are kept on disk, and so is the latest time ever read: a clock that goes back moves nothing
 * nearer. State that is lost begins again at the operator's pin.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { hours, type Clock } from '../lib/clock.ts';
import { isSha } from '../lib/git.ts';
import { hasCommit, isAncestor } from '../lib/git-objects.ts';
import { Refused } from '../lib/refusal.ts';
import type { SshKey } from '../lib/ssh-signature.ts';
import { Approvals } from './approvals.ts';
import type { GovernanceChange } from './change.ts';
import { no } from './refusals.ts';
import { replaceFile } from '../lib/replace-file.ts';
import { loosens, restrict } from './restrict.ts';
import type { Governance } from './types.ts';

export const SIGNATURES = 2;
export const WAIT_MS = hours(24);

export interface Signers {
  keys: readonly SshKey[];
  clock: Clock;
}

/** Why the newest version is not in force whole. */
export interface Waiting {
  commit: string;
  loosens: GovernanceChange[];
  /** Of the signatures it needs. */
  signatures: number;
  /** When it may act, once it is signed; milliseconds. */
  from: number;
}

type Read = (commit: string) => Promise<Governance | undefined>;

const sha = z.string().refine(isSha);
const stateFile = z.strictObject({
  pin: sha,
  approved: sha,
  heads: z.array(z.strictObject({ commit: sha, at: z.int() })),
  clock: z.int(),
});
type State = z.infer<typeof stateFile>;

export class RootOfTrust {
  readonly #git: string;
  readonly #file: string;
  readonly #pin: string;
  readonly #clock: Clock;
  readonly #read: Read;
  readonly #approvals: Approvals;
  #state: State;
  #inForce: Governance | undefined;
  #waiting: Waiting | undefined;

  constructor(options: { dir: string; git: string; pin: string; signers: Signers; read: Read }) {
    const { dir, git, pin, signers, read } = options;
    if (new Set(signers.keys.map(({ id }) => id)).size < SIGNATURES)
      throw new TypeError('two signers are needed at least');
    this.#git = git;
    this.#file = join(dir, 'approved.json');
    this.#pin = pin;
    this.#clock = signers.clock;
    this.#read = read;
    this.#approvals = new Approvals(git, signers.keys);
    this.#state = beginning(pin);
  }

  async open(): Promise<void> {
    const stored = await storedState(this.#file);
    if (stored) this.#state = await this.#asPinned(stored);
    await this.#fold();
  }

  inForce(): Governance | undefined {
    return this.#inForce;
  }

  waiting(): Waiting | undefined {
    return this.#waiting;
  }

  /** The version that acts whole. */
  approved(): string {
    return this.#state.approved;
  }

  /** Every later version descends from it. */
  base(): string {
    return this.#state.heads.at(-1)?.commit ?? this.#state.approved;
  }

  /** A valid version that the branch shows, and descends from the base; or none new. True when another is in force. */
  async take(head: Governance | undefined): Promise<boolean> {
    const before = this.#inForce;
    const now = this.#clock.now();
    const latest = Math.max(now, this.#state.clock);
    const isNew = head !== undefined && head.commit !== this.base();
    const heads = isNew ? [...this.#state.heads, { commit: head.commit, at: latest }] : this.#state.heads;
    const next: State = { ...this.#state, heads, clock: latest };
    const approved = now < this.#state.clock ? undefined : await this.#nextApproved(next, now);
    if (approved !== undefined) {
      next.approved = approved;
      next.heads = await this.#notBelow(heads, approved);
    }
    await replaceFile(this.#file, `${JSON.stringify(next)}\n`);
    this.#state = next;
    if (approved !== undefined || !before) await this.#fold();
    else if (isNew) await this.#step(before, head);
    else if (this.#waiting)
      this.#waiting = { ...this.#waiting, ...(await this.#signedSoFar(this.#waiting.commit)) };
    return this.#inForce !== undefined && this.#inForce !== before;
  }

  /** The newest version that is signed twice and has waited. Each must descend from the one before. */
  async #nextApproved({ heads, approved }: State, now: number): Promise<string | undefined> {
    let newest: string | undefined;
    for (const [commit, signers] of await this.#approvals.signers()) {
      if (signers.size < SIGNATURES || commit === approved) continue;
      if (!(await isAncestor(this.#git, newest ?? approved, commit))) continue;
      const seen = await this.#firstSeen(heads, commit);
      if (seen === undefined || now - seen < WAIT_MS) continue;
      if (await this.#read(commit)) newest = commit;
    }
    return newest;
  }

  /** When a head first contained it. */
  async #firstSeen(heads: State['heads'], commit: string): Promise<number | undefined> {
    for (const head of heads) if (await isAncestor(this.#git, commit, head.commit)) return head.at;
    return undefined;
  }

  async #notBelow(heads: State['heads'], commit: string): Promise<State['heads']> {
    const kept: State['heads'] = [];
    for (const head of heads) if (!(await isAncestor(this.#git, head.commit, commit))) kept.push(head);
    return kept;
  }

  /** The approved version, less what each head since took away. */
  async #fold(): Promise<void> {
    this.#waiting = undefined;
    this.#inForce = await this.#readIfThere(this.#state.approved);
    for (const { commit } of this.#state.heads) {
      const head = this.#inForce && (await this.#read(commit));
      if (head) await this.#step(this.#inForce!, head);
    }
  }

  async #step(inForce: Governance, head: Governance): Promise<void> {
    const waits = loosens(inForce, head);
    this.#inForce = restrict(inForce, head);
    this.#waiting =
      waits.length === 0
        ? undefined
        : { commit: head.commit, loosens: waits, ...(await this.#signedSoFar(head.commit)) };
  }

  async #signedSoFar(commit: string): Promise<Pick<Waiting, 'signatures' | 'from'>> {
    const signers = (await this.#approvals.signers()).get(commit);
    const { at } = this.#state.heads.find((head) => head.commit === commit)!;
    return { signatures: signers?.size ?? 0, from: at + WAIT_MS };
  }

  async #readIfThere(commit: string): Promise<Governance | undefined> {
    return (await hasCommit(this.#git, commit)) ? this.#read(commit) : undefined;
  }

  /** The operator's pin is the root. A newer pin is an approval of its own; one elsewhere starts anew. */
  async #asPinned(stored: State): Promise<State> {
    const pin = this.#pin;
    if (!(await hasCommit(this.#git, stored.approved))) return beginning(pin);
    if (stored.pin === pin || (await isAncestor(this.#git, pin, stored.approved))) return { ...stored, pin };
    return beginning(pin);
  }
}

function beginning(pin: string): State {
  return { pin, approved: pin, heads: [], clock: 0 };
}

async function storedState(file: string): Promise<State | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  // Half a file cannot be: it is replaced in one step. Anything else is somebody's hand, and ends the start.
  const state = stateFile.safeParse(parsed(text)).data;
  if (!state) throw new Refused(no.rootState(file));
  return state;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
