/** Calls with the rights of our installation on one organisation, narrowed to a repository of it where one is named. */
import { z } from 'zod';
import { GitHubTrouble, type StewardGitHub } from './github.ts';

export interface Ask {
  path: string;
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH';
  body?: object;
}

export const shaAnswer = z.object({ sha: z.string().regex(/^[0-9a-f]{40}$/) });
export const repositoryAnswer = z.object({
  id: z.int().positive(),
  name: z.string(),
  owner: z.object({ login: z.string() }),
  private: z.boolean(),
  visibility: z.string().optional(),
  archived: z.boolean(),
  default_branch: z.string(),
});
export type SeenRepository = z.infer<typeof repositoryAnswer>;

/** Of a text that goes into a tree as it is; a longer one is a blob first. */
export const LONGEST_INLINE = 100_000;
const READ = { metadata: 'read' };

export class OrganisationGitHub {
  readonly #github: StewardGitHub;
  readonly #org: string;

  constructor(github: StewardGitHub, org: string) {
    this.#github = github;
    this.#org = org;
  }

  call(call: string, ask: Ask, permissions: Record<string, string>, repository?: number): Promise<unknown> {
    return this.#github.inOrganisation(call, ask, { org: this.#org, permissions, repository });
  }

  /** Undefined where there is none; an empty repository answers 409 where a ref is asked for. */
  async maybe(
    call: string,
    ask: Ask,
    permissions: Record<string, string>,
    repository?: number,
  ): Promise<unknown> {
    try {
      return await this.call(call, ask, permissions, repository);
    } catch (error) {
      const absent = error instanceof GitHubTrouble && error.call === call;
      if (absent && (error.status === 404 || error.status === 409)) return undefined;
      throw error;
    }
  }

  /** By its number, asked afresh each time. Undefined: there is none, or we are not let near it. */
  async repository(call: string, id: number): Promise<SeenRepository | undefined> {
    const answer = await this.maybe(call, { path: `/repositories/${id}` }, READ);
    return answer === undefined ? undefined : repositoryAnswer.parse(answer);
  }
}
