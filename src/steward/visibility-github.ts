/** The calls that making a repository public takes, each with a token for that repository and no more than that. */
import { z } from 'zod';
import { GitHubTrouble, type StewardGitHub } from './github.ts';
import { OrganisationGitHub, repositoryFacts, type Ask, type Permissions } from './organisation-github.ts';

const repositoryAnswer = repositoryFacts.extend({
  topics: z.array(z.string()).default([]),
  fork: z.boolean().optional(),
});
export type SeenRepository = z.infer<typeof repositoryAnswer>;
const rulesetAnswer = z.object({ id: z.int().positive(), enforcement: z.string() });

const READ = { metadata: 'read' };
const CHANGE = { administration: 'write', metadata: 'read' };
const MOST_RULESETS = 100;

/** An enterprise's "internal" is not public. */
export const isPublic = (seen: SeenRepository): boolean =>
  !seen.private && (seen.visibility ?? 'public') === 'public';

export class VisibilityGitHub {
  readonly #org: OrganisationGitHub;
  readonly #login: string;
  readonly #id: number;

  constructor(github: StewardGitHub, org: string, id: number) {
    this.#org = new OrganisationGitHub(github, org);
    this.#login = org;
    this.#id = id;
  }

  /** Undefined: there is none with this number, or we are not let near it. */
  async repository(): Promise<SeenRepository | undefined> {
    const seen = await this.#org.reached('repository', `/repositories/${this.#id}`, this.#id);
    return seen === undefined ? undefined : repositoryAnswer.parse(seen);
  }

  async makePublic({ name }: SeenRepository): Promise<void> {
    const path = `/repos/${this.#login}/${name}`;
    await this.#call('make-public', { method: 'PATCH', path, body: { visibility: 'public' } }, CHANGE);
  }

  /** Rulesets of its own that are in force. */
  async activeRulesets({ name }: SeenRepository): Promise<number[]> {
    const path = `/repos/${this.#login}/${name}/rulesets?includes_parents=false&per_page=${MOST_RULESETS}`;
    const all = z.array(rulesetAnswer).parse(await this.#call('rulesets', { path }, READ));
    return all.filter(({ enforcement }) => enforcement === 'active').map(({ id }) => id);
  }

  /** A kind of ruleset that public repositories cannot have stays off: 422. */
  async activate({ name }: SeenRepository, ruleset: number): Promise<void> {
    const path = `/repos/${this.#login}/${name}/rulesets/${ruleset}`;
    try {
      await this.#call('activate-ruleset', { method: 'PUT', path, body: { enforcement: 'active' } }, CHANGE);
    } catch (error) {
      if (!(error instanceof GitHubTrouble) || ![404, 422].includes(error.status)) throw error;
    }
  }

  #call(call: string, ask: Ask, permissions: Permissions): Promise<unknown> {
    return this.#org.call(call, ask, permissions, this.#id);
  }
}
