/**
 * Repositories as GitHub has them now, a hundred in one answer: thousands of clocks are looked at every hour, and
 * asking for each alone would spend what GitHub lets an App ask.
 */
import { RepositorySeen } from '../payloads.ts';
import { knownRepository, rememberRepository, type Room } from '../room.ts';
import { troubleOf } from '../trouble.ts';

export interface Seen {
  owner: string;
  public: boolean;
  topics: string[];
}

interface Listed extends Seen {
  installation: number;
  repository: ReturnType<typeof RepositorySeen.parse>;
}

export class Sightings {
  readonly #room: Room;
  readonly #listed = new Map<number, Listed>();
  /** False: an installation did not answer, and nothing follows from what is not listed. */
  #whole = true;

  private constructor(room: Room) {
    this.#room = room;
  }

  /** Throws when GitHub asks for a pause: then nobody is asked further. */
  static async now(room: Room): Promise<Sightings> {
    const seen = new Sightings(room);
    const app = await room.app.asApp();
    const installations = await app.paginate(app.rest.apps.listInstallations, { per_page: 100 });
    for (const { id } of installations.filter((each) => !each.suspended_at)) await seen.#list(id);
    return seen;
  }

  /** Undefined: there is none, or the App is not installed on it. */
  async of(id: number): Promise<Seen | 'unsure' | undefined> {
    const listed = this.#listed.get(id);
    if (!listed) return this.#whole ? undefined : 'unsure';
    const { installation, repository, ...seen } = listed;
    const { db, clock } = this.#room;
    const known = await knownRepository(db, id);
    if (!known || known.removedAt) await rememberRepository(db, repository, installation, clock.now());
    return seen;
  }

  async #list(installation: number): Promise<void> {
    const { app, clock, logger } = this.#room;
    try {
      const octokit = await app.forInstallation(installation);
      const all = await octokit.paginate(octokit.rest.apps.listReposAccessibleToInstallation, {
        per_page: 100,
      });
      for (const each of all) {
        const repository = RepositorySeen.parse(each);
        const { private: isPrivate, owner } = repository;
        const topics = each.topics ?? [];
        const seen = { owner: owner.login, public: !isPrivate, topics };
        this.#listed.set(each.id, { ...seen, installation, repository });
      }
    } catch (error) {
      const { kind, reason } = troubleOf(error, clock.now());
      if (kind === 'wait') throw error;
      this.#whole = false;
      logger.warn(
        { code: 'visibility.unreachable', installation, kind, reason },
        'The repositories of an installation could not be listed',
      );
    }
  }
}
