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
import { open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { GitFailed, gitFetch, gitInitBare, isSha } from '../lib/git.ts';
import { hasCommit, isAncestor, readTexts, resolveRef } from '../lib/git-objects.ts';
import type { Logger } from '../lib/logger.ts';
import { isRefusal, Refused, type Refusal } from '../lib/refusal.ts';
import { isGovernancePath, readGovernance, type GovernanceReading } from './read.ts';
import { no } from './refusals.ts';
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
  /** PEM file of authorities to trust for the remote. */
  caFile?: string;
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

export interface GovernanceMirror {
  /** The version in force; undefined until one was accepted. */
  current(): Governance | undefined;
  /** Fetches and takes the newest valid fast-forward. Never throws for what the network or the repository does. Calls at the same time share one fetch. */
  refresh(signal?: AbortSignal): Promise<MirrorRefresh>;
  /** Reads any commit that was fetched, without taking it into use. */
  read(commit: string): Promise<GovernanceReading>;
}

const SEEN = 'refs/sallyport/seen';
/** Only these sizes are read: a governance file is written by hand. */
const MAX_BYTES = 4_000_000;

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
  readonly #options: MirrorOptions;
  readonly #git: string;
  readonly #state: string;

  constructor(options: MirrorOptions) {
    if (options.pinned !== undefined && !isSha(options.pinned))
      throw new TypeError('pinned is not a full commit sha');
    this.#options = options;
    this.#git = join(options.dir, 'repository.git');
    this.#state = join(options.dir, 'accepted');
  }

  async open(): Promise<void> {
    await gitInitBare(this.#git);
    await removeLocks(this.#git);
    const base = await readState(this.#state);
    const { pinned, logger } = this.#options;
    if (base === undefined || !(await hasCommit(this.#git, base))) return;
    // The operator's pin is the root: what was accepted before counts only if it descends from it.
    if (pinned !== undefined && !(await isAncestor(this.#git, pinned, base))) return;
    this.#base = base;
    const { governance, findings } = await this.read(base);
    if (governance) this.#accepted = governance;
    else
      logger.error(
        { commit: base, faults: findings.length },
        'the accepted governance version cannot be read any more',
      );
  }

  current(): Governance | undefined {
    return this.#accepted;
  }

  refresh(signal?: AbortSignal): Promise<MirrorRefresh> {
    this.#refreshing ??= this.#refresh(signal).finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async read(commit: string): Promise<GovernanceReading> {
    const texts = await readTexts(
      this.#git,
      commit,
      ({ path, size }) => isGovernancePath(path) && size <= MAX_BYTES,
    );
    return readGovernance(texts, commit);
  }

  async #refresh(signal: AbortSignal | undefined): Promise<MirrorRefresh> {
    const seen = await this.#fetch(signal);
    if (isRefusal(seen)) return this.#refuse(seen);
    const { pinned } = this.#options;
    if (seen === this.#base && this.#accepted) return { changed: false };
    if (seen === this.#invalid?.commit) return this.#invalid.answer;
    if (pinned !== undefined && !(await isAncestor(this.#git, pinned, seen)))
      return this.#refuse(no.mirrorNoPin(pinned));
    if (this.#base !== undefined && !(await isAncestor(this.#git, this.#base, seen))) {
      return this.#refuse(no.mirrorRewritten(this.#base));
    }
    const { governance, findings } = await this.read(seen);
    if (governance) {
      await this.#accept(governance);
      return { changed: true };
    }
    const changed = await this.#fallBackToPin();
    const errors = findings.filter(({ severity }) => severity === 'error');
    const first = errors[0]
      ? `${errors[0].path}, line ${errors[0].line}: ${errors[0].message.replace(/\.$/, '')}`
      : '';
    const answer = { ...this.#refuse(no.mirrorInvalid(seen, first, errors.length - 1)), findings };
    this.#invalid = { commit: seen, answer };
    return { ...answer, changed };
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
    const { remote, branch, auth, headers, caFile, logger, timeoutMs } = this.#options;
    try {
      await gitFetch({
        dir: this.#git,
        url: remote,
        refspecs: [`+refs/heads/${branch}:${SEEN}`],
        authorization: await auth?.(),
        headers,
        caFile,
        signal,
        timeoutMs: timeoutMs ?? 60_000,
      });
    } catch (error) {
      logger.warn({ err: error }, 'the governance repository could not be fetched');
      if (error instanceof Refused) return error.refusal;
      const gone = error instanceof GitFailed && error.trouble === 'missing';
      return gone ? no.mirrorNoBranch(branch) : no.mirrorUnreachable();
    }
    return (await resolveRef(this.#git, SEEN)) ?? no.mirrorNoBranch(branch);
  }

  async #accept(governance: Governance): Promise<void> {
    await writeState(this.#state, governance.commit);
    this.#base = governance.commit;
    this.#accepted = governance;
    this.#invalid = undefined;
    this.#options.logger.info({ commit: governance.commit }, 'governance version taken into use');
  }

  #refuse(refused: Refusal): MirrorRefresh {
    this.#options.logger.warn(
      { code: refused.code, inForce: this.#accepted?.commit },
      'the newest governance version is not in force',
    );
    return { changed: false, refused };
  }
}

async function readState(file: string): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const sha = text.trim();
  return isSha(sha) ? sha : undefined;
}

/** Written beside, forced to disk, then renamed: a reader finds the old or the new text, never half of one. */
async function writeState(file: string, commit: string): Promise<void> {
  const beside = `${file}.new`;
  const handle = await open(beside, 'w', 0o644);
  try {
    await handle.writeFile(`${commit}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(beside, file);
}

/** A git that was killed leaves its lock files; nobody else writes here, so they are stale. */
async function removeLocks(dir: string): Promise<void> {
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    if (entry.isFile() && entry.name.endsWith('.lock'))
      await rm(join(entry.parentPath, entry.name), { force: true });
  }
}
