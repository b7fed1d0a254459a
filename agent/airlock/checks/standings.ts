/**
 * How the commits behind a request's files stand in their repositories, as it was last seen. Git is asked in
 * the checks' own time, never in that of somebody who waits for a page or a decision.
 */
import { sql } from 'drizzle-orm';
import { hours, minutes, seconds } from '../../../src/lib/clock.ts';
import type { Standing } from '../deeds/standing.ts';
import type { Core } from '../core.ts';
import type { FileOrigin } from '../face.ts';
import { earliest } from './again.ts';

/** Looked at again after so long, when somebody asks. */
const MERGED_MS = hours(1);
const OTHER_MS = minutes(10);
/** With git away, what was last seen holds so long. */
const HOLDS_MS = hours(24);
const TRY_MS = minutes(1);
/** For all repositories of a request together. */
const LIMIT_MS = seconds(30);

export interface SeenCommit {
  origin: Pick<FileOrigin, 'repo' | 'repository' | 'commit'>;
  standing: Standing | undefined;
  /** When it was seen. */
  at: number | undefined;
}

export class Standings {
  readonly #core: Core;
  /** Of looks in vain: when. */
  readonly #tried = new Map<string, number>();

  constructor(core: Core) {
    this.#core = core;
  }

  /** Looks at what was not seen lately. The time at which another look is worth something. */
  async bring(seen: readonly SeenCommit[]): Promise<number | undefined> {
    const { clock } = this.#core;
    const commits = new Map(seen.map((each) => [nameOf(each), each]));
    const signal = AbortSignal.timeout(LIMIT_MS);
    const next: number[] = [];
    for (const [name, each] of commits) {
      const now = clock.now();
      const due = dueAt(each);
      const tried = this.#tried.get(name);
      if (now < due || (tried !== undefined && now - tried < TRY_MS)) {
        next.push(Math.max(due, tried === undefined ? 0 : tried + TRY_MS));
        continue;
      }
      next.push(now + (await this.#look(name, each, signal)));
    }
    return earliest(...next);
  }

  async #look(name: string, { origin, at }: SeenCommit, signal: AbortSignal): Promise<number> {
    const { standing, db, clock } = this.#core;
    const found = await Promise.race([standing(origin, signal), ended(signal)]);
    const now = clock.now();
    if (found === 'unknown') {
      this.#tried.set(name, now);
      if (at !== undefined && now - at < HOLDS_MS) return TRY_MS;
    } else this.#tried.delete(name);
    await db.execute(sql`
      insert into commit_standings (repository, commit, standing, at)
      values (${origin.repository}::bigint, ${origin.commit}, ${found}, ${now}::bigint)
      on conflict (repository, commit) do update set standing = excluded.standing, at = excluded.at`);
    return found === 'default' ? MERGED_MS : found === 'unknown' ? TRY_MS : OTHER_MS;
  }
}

const nameOf = ({ origin }: SeenCommit): string => `${origin.repository} ${origin.commit}`;

function dueAt({ standing, at }: SeenCommit): number {
  if (at === undefined || standing === undefined || standing === 'unknown') return 0;
  return at + (standing === 'default' ? MERGED_MS : OTHER_MS);
}

/** Another use of the same mirror may take longer than anybody here waits. */
function ended(signal: AbortSignal): Promise<Standing> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('unknown');
    signal.addEventListener('abort', () => resolve('unknown'), { once: true });
  });
}
