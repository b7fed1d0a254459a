/**
 * The governance repository, mirrored as bare git objects, and the version of it that is in force.
 *
 * accepted: the newest commit that was a fast-forward and valid; it is in force and written to disk
 * before it is used · seen: what the branch pointed to last, accepted or not.
 *
 * Life: open (reads what was accepted, needs no network) → refresh, again and again. A version that
 * rewrites history or has a fault changes nothing. One process owns the folder; killed at any moment,
 * the next one finds either the old or the new accepted commit.
 */
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { GitFailed, gitFetch, gitInitBare, isSha, type ClientCertificate } from '../lib/git.ts';
import { KnownCommits } from '../lib/git-known.ts';
import { mergeBase, resolveRef, textsOf, treeOf } from '../lib/git-objects.ts';
import type { Logger } from '../lib/logger.ts';
import { isRefusal, Refused, type Refusal } from '../lib/refusal.ts';
import { APPROVAL_REFS } from './approvals.ts';
import {
  isGovernancePath,
  readGovernance,
  type GovernanceReading,
  type Memory,
  type Unread,
} from './read.ts';
import { no } from './refusals.ts';
import { replaceFile } from '../lib/replace-file.ts';
import { RootOfTrust, type Signers } from './root-of-trust.ts';
import type { Governance, GovernanceFinding } from './types.ts';

export interface MirrorOptions {
  /** Folder of this mirror; made when missing. */
  dir: string;
  /** URL of the repository, as git fetches it. */
  remote: string;
  branch: string;
  /** The commit the operator trusts: every accepted version descends from it. Without it the first valid one seen is trusted. */
  pinned?: string;
  /** Value of the Authorization header, asked for at each fetch. May throw Refused: that is then the answer. */
  auth?: () => Promise<string | undefined>;
  /** Further headers of each fetch. */
  headers?: Record<string, string>;
  /** `review.trust: zone`: what loosens acts only when two of these signed it and it has waited. Needs `pinned`. */
  signers?: Signers;
  /** PEM file of authorities to trust for the remote. */
  caFile?: string;
  /** PEM files of a client certificate, where the remote asks for one. */
  client?: ClientCertificate | undefined;
  /** Default 60 s. */
  timeoutMs?: number;
  logger: Logger;
}

export interface MirrorRefresh {
  /** Another version is in force than before. */
  changed: boolean;
  /** Why the newest version is not in force. */
  refused?: Refusal;
  /** Faults of that version. */
  findings?: GovernanceFinding[];
}

/** A commit that somebody wants to have in force. */
export interface Proposal {
  reading: GovernanceReading;
  /** What it is compared with: the version in force or, when the commit does not contain that, the one it began from. */
  base?: Governance;
  /** The version in force has moved on since the proposal began. */
  behind: boolean;
}

/** Of a version, for the record. */
export interface VersionFacts {
  /** Git's name of all that is in it. */
  tree: string;
  /** How many files of governance it has. */
  files: number;
}

export interface GovernanceMirror {
  /** The bare repository that holds the objects. */
  readonly dir: string;
  /** The version in force; undefined until one was accepted. */
  current(): Governance | undefined;
  /** Fetches and takes the newest valid fast-forward. Never throws for what the network or the repository does. Calls at the same time share one fetch. */
  refresh(signal?: AbortSignal): Promise<MirrorRefresh>;
  /** Reads any commit that was fetched, without taking it into use. */
  read(commit: string): Promise<GovernanceReading>;
  /** Fetches a commit of any branch when it is not here, and reads it. Throws what the network does. Nothing comes into force. */
  propose(commit: string): Promise<Proposal>;
  /** Of a commit that is here. */
  facts(commit: string): Promise<VersionFacts>;
  /**
   * Whether this commit has the version in force in its history: somebody else saw more of the branch.
   * Fetches it when it is not here; false when nobody has it. Throws what the network does.
   */
  isAhead(commit: string): Promise<boolean>;
}

const SEEN = 'refs/sallyport/seen';
const PROPOSED = 'refs/sallyport/proposed';
/** Only these sizes are read: a governance file is written by hand. */
const MAX_BYTES = 4_000_000;
const READINGS = 8;
/** Anybody may propose a commit, and one file may stand there under a thousand names. */
const MAX_BYTES_TOGETHER = 16_000_000;

export async function openGovernanceMirror(options: MirrorOptions): Promise<GovernanceMirror> {
  const mirror = new Mirror(options);
  await mirror.open();
  return mirror;
}

class Mirror implements GovernanceMirror {
  #accepted: Governance | undefined;
  /** What stands on disk: also a commit that a newer program no longer finds valid. */
  #base: string | undefined;
  #refreshing: Promise<MirrorRefresh> | undefined;
  /** The last version that was refused as invalid: it is not read again each minute. */
  #invalid: { commit: string; answer: MirrorRefresh } | undefined;
  /** The last proposal: check and plan ask for the same one. */
  #proposed: { commit: string; reading: GovernanceReading } | undefined;
  readonly #memory: Memory = new Map();
  readonly #known: KnownCommits;
  /** The last readings, by commit: one version is looked at by several, and a proposal's base with each of them. */
  readonly #readings = new Map<string, GovernanceReading>();
  readonly #options: MirrorOptions;
  readonly #git: string;
  readonly #state: string;
  readonly #root: RootOfTrust | undefined;

  constructor(options: MirrorOptions) {
    if (options.pinned !== undefined && !isSha(options.pinned))
      throw new TypeError('pinned is not a full commit sha');
    this.#options = options;
    this.#git = join(options.dir, 'repository.git');
    this.#state = join(options.dir, 'accepted');
    this.#known = new KnownCommits(this.#git);
    const { dir, pinned, signers } = options;
    if (signers && pinned === undefined) throw new TypeError('signers approve what follows a pinned commit');
    this.#root =
      signers && pinned !== undefined
        ? new RootOfTrust({
            dir,
            git: this.#git,
            pin: pinned,
            signers,
            read: async (commit) => (await this.read(commit)).governance,
          })
        : undefined;
  }

  async open(): Promise<void> {
    await gitInitBare(this.#git);
    await removeLocks(this.#git);
    if (this.#root) return this.#root.open();
    const base = await readState(this.#state);
    const { pinned, logger } = this.#options;
    if (base === undefined || !(await this.#known.has(base))) return;
    // The operator's pin is the root: what was accepted before counts only if it descends from it.
    if (pinned !== undefined && !(await this.#known.isAncestor(pinned, base))) return;
    this.#base = base;
    const { governance, findings } = await this.read(base);
    if (governance) this.#accepted = governance;
    else
      logger.error(
        { commit: base, faults: findings.length },
        'the accepted governance version cannot be read any more',
      );
  }

  get dir(): string {
    return this.#git;
  }

  current(): Governance | undefined {
    return this.#root ? this.#root.inForce() : this.#accepted;
  }

  refresh(signal?: AbortSignal): Promise<MirrorRefresh> {
    this.#refreshing ??= this.#refresh(signal).finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async read(commit: string): Promise<GovernanceReading> {
    const known = this.#readings.get(commit);
    if (known) return known;
    const reading = await this.#read(commit);
    this.#readings.set(commit, reading);
    for (const [oldest] of this.#readings) {
      if (this.#readings.size <= READINGS) break;
      this.#readings.delete(oldest);
    }
    return reading;
  }

  async #read(commit: string): Promise<GovernanceReading> {
    const unread = new Map<string, Unread>();
    const files = (await this.#known.list(commit)).filter(({ path }) => isGovernancePath(path));
    let bytes = 0;
    for (const { path, mode, size } of files) {
      if (!mode.startsWith('100')) unread.set(path, 'not-a-file');
      else if (size > MAX_BYTES) unread.set(path, 'too-large');
      else if ((bytes += size) > MAX_BYTES_TOGETHER) unread.set(path, 'too-much');
    }
    const texts = await textsOf(
      this.#git,
      files.filter(({ path }) => !unread.has(path)),
    );
    return readGovernance(texts, commit, unread, this.#memory);
  }

  async propose(commit: string): Promise<Proposal> {
    if (!(await this.#known.has(commit))) await this.#fetchInto([`+${commit}:${PROPOSED}`]);
    const { reading } = (this.#proposed =
      this.#proposed?.commit === commit ? this.#proposed : { commit, reading: await this.read(commit) });
    const inForce = this.current();
    if (!inForce) return { reading, behind: false };
    if (await this.#known.isAncestor(inForce.commit, commit))
      return { reading, base: inForce, behind: false };
    const began = await mergeBase(this.#git, inForce.commit, commit);
    const base = began === undefined ? undefined : (await this.read(began)).governance;
    return { reading, base: base ?? inForce, behind: true };
  }

  async facts(commit: string): Promise<VersionFacts> {
    const files = await this.#known.list(commit);
    return {
      tree: await treeOf(this.#git, commit),
      files: files.filter(({ path }) => isGovernancePath(path)).length,
    };
  }

  async isAhead(commit: string): Promise<boolean> {
    const inForce = this.current();
    if (!inForce) return false;
    try {
      if (!(await this.#known.has(commit))) await this.#fetchInto([`+${commit}:${PROPOSED}`]);
    } catch (error) {
      if (error instanceof GitFailed && error.trouble === 'missing') return false;
      throw error;
    }
    return commit !== inForce.commit && (await this.#known.isAncestor(inForce.commit, commit));
  }

  async #refresh(signal: AbortSignal | undefined): Promise<MirrorRefresh> {
    const seen = await this.#fetch(signal);
    if (isRefusal(seen)) return this.#refuse(seen);
    const { pinned } = this.#options;
    if (this.#root && pinned !== undefined) return this.#refreshApproved(this.#root, pinned, seen);
    if (seen === this.#base && this.#accepted) return { changed: false };
    if (seen === this.#invalid?.commit) return this.#invalid.answer;
    if (pinned !== undefined && !(await this.#known.isAncestor(pinned, seen)))
      return this.#refuse(no.mirrorNoPin(pinned));
    if (this.#base !== undefined && !(await this.#known.isAncestor(this.#base, seen))) {
      return this.#refuse(no.mirrorRewritten(this.#base));
    }
    const { governance, findings } = await this.read(seen);
    if (governance) {
      await this.#accept(governance);
      return { changed: true };
    }
    const changed = await this.#fallBackToPin();
    const answer = { ...this.#refuse(invalid(seen, findings)), findings };
    this.#invalid = { commit: seen, answer };
    return { ...answer, changed };
  }

  /** The same where only signers may loosen: every look also asks whether something has waited long enough. */
  async #refreshApproved(root: RootOfTrust, pinned: string, seen: string): Promise<MirrorRefresh> {
    if (!(await this.#known.isAncestor(pinned, seen))) return this.#refuse(no.mirrorNoPin(pinned));
    const base = root.base();
    if (!(await this.#known.isAncestor(base, seen))) return this.#refuse(no.mirrorRewritten(base));
    const isNew = seen !== base && seen !== this.#invalid?.commit;
    const reading = isNew ? await this.read(seen) : undefined;
    const changed = await root.take(reading?.governance);
    if (changed)
      this.#options.logger.info({ commit: root.inForce()?.commit }, 'governance version taken into use');
    if (reading && !reading.governance) {
      const { findings } = reading;
      this.#invalid = { commit: seen, answer: { ...this.#refuse(invalid(seen, findings)), findings } };
    }
    if (seen === this.#invalid?.commit) return { ...this.#invalid.answer, changed };
    if (!root.inForce()) {
      const { findings } = await this.read(root.approved());
      return { ...this.#refuse(invalid(root.approved(), findings)), findings };
    }
    const waiting = root.waiting();
    return waiting ? { ...this.#refuse(no.mirrorUnapproved(waiting)), changed } : { changed };
  }

  /** At the very first fetch the newest version may be broken: the pinned one is then the last valid one known. */
  async #fallBackToPin(): Promise<boolean> {
    const { pinned } = this.#options;
    if (this.#accepted || this.#base !== undefined || pinned === undefined) return false;
    const { governance } = await this.read(pinned);
    if (governance) await this.#accept(governance);
    return governance !== undefined;
  }

  async #fetch(signal: AbortSignal | undefined): Promise<string | Refusal> {
    const { branch, logger } = this.#options;
    try {
      const refspecs = [`+refs/heads/${branch}:${SEEN}`, ...(this.#root ? [APPROVAL_REFS] : [])];
      // A tag that is gone approves nothing any more, until what it approved has acted.
      await this.#fetchInto(refspecs, { prune: this.#root !== undefined, signal });
    } catch (error) {
      logger.warn({ err: error }, 'the governance repository could not be fetched');
      if (error instanceof Refused) return error.refusal;
      const gone = error instanceof GitFailed && error.trouble === 'missing';
      return gone ? no.mirrorNoBranch(branch) : no.mirrorUnreachable();
    }
    return (await resolveRef(this.#git, SEEN)) ?? no.mirrorNoBranch(branch);
  }

  async #fetchInto(
    refspecs: readonly string[],
    more: { prune?: boolean; signal?: AbortSignal } = {},
  ): Promise<void> {
    const { remote, auth, headers, caFile, client, timeoutMs } = this.#options;
    await gitFetch({
      dir: this.#git,
      url: remote,
      refspecs,
      authorization: await auth?.(),
      headers,
      caFile,
      client,
      timeoutMs: timeoutMs ?? 60_000,
      ...more,
    });
  }

  async #accept(governance: Governance): Promise<void> {
    await replaceFile(this.#state, `${governance.commit}\n`);
    this.#base = governance.commit;
    this.#accepted = governance;
    this.#invalid = undefined;
    this.#options.logger.info({ commit: governance.commit }, 'governance version taken into use');
  }

  #refuse(refused: Refusal): MirrorRefresh {
    this.#options.logger.warn(
      { code: refused.code, inForce: this.current()?.commit },
      'the newest governance version is not in force',
    );
    return { changed: false, refused };
  }
}

function invalid(commit: string, findings: readonly GovernanceFinding[]): Refusal {
  const errors = findings.filter(({ severity }) => severity === 'error');
  const first = errors[0]
    ? `${errors[0].path}, line ${errors[0].line}: ${errors[0].message.replace(/\.$/, '')}`
    : '';
  return no.mirrorInvalid(commit, first, errors.length - 1);
}

async function readState(file: string): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const sha = text.trim();
  return isSha(sha) ? sha : undefined;
}

/** A git that was killed leaves its lock files; nobody else writes here, so they are stale. */
async function removeLocks(dir: string): Promise<void> {
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    if (entry.isFile() && entry.name.endsWith('.lock'))
      await rm(join(entry.parentPath, entry.name), { force: true });
  }
}
