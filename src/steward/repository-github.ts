/** What every repository of ours is asked first; the calls of each task come on top. */
import type { StewardGitHub } from './github.ts';
import { OrganisationGitHub, type SeenRepository } from './organisation-github.ts';

export class RepositoryGitHub {
  protected readonly org: OrganisationGitHub;
  /** Stands before the name of each call: `log-head`. */
  protected readonly task: string;

  constructor(github: StewardGitHub, org: string, task: 'log' | 'form' | 'codelist' | 'onboarding') {
    this.org = new OrganisationGitHub(github, org);
    this.task = task;
  }

  /** By its number, asked afresh each time. Undefined: there is none, or we are not let near it. */
  repository(id: number): Promise<SeenRepository | undefined> {
    return this.org.repository(`${this.task}-repository`, id);
  }

  /** The newest commit of a branch; undefined while there is none. */
  protected branch(repository: SeenRepository, branch: string): Promise<string | undefined> {
    return this.org.ref(`${this.task}-head`, repository, `heads/${branch}`);
  }
}
