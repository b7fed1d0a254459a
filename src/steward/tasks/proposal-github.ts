/**
 * The calls that a proposal takes. Two tokens: one that writes to the fork alone, and one that opens and closes
 * pull requests and cannot write a line to the governance repository.
 */
import { z } from 'zod';
import type { StewardGitHub } from '../github.ts';
import { OrganisationGitHub } from '../organisation-github.ts';

const repositoryAnswer = z.object({
  id: z.int().positive(),
  name: z.string(),
  owner: z.object({ login: z.string() }),
  fork: z.boolean(),
  parent: z.object({ id: z.int() }).nullish(),
  archived: z.boolean(),
});
export type ForkRepository = z.infer<typeof repositoryAnswer>;

const pullAnswer = z.object({
  number: z.int().positive(),
  state: z.enum(['open', 'closed']),
  html_url: z.string(),
  merged_at: z.string().nullable(),
  head: z.object({
    sha: z.string(),
    ref: z.string(),
    repo: z.object({ id: z.int() }).nullable(),
  }),
});
export type ProposedPull = z.infer<typeof pullAnswer>;

export interface Places {
  /** The organisation that both belong to. */
  org: string;
  governance: { id: number; name: string; branch: string };
  fork: { id: number; name: string };
}

const PROPOSE = { pull_requests: 'write', contents: 'read', metadata: 'read' };
const WRITE = { contents: 'write', metadata: 'read' };

/** Undefined: it is gone, or out of our reach. */
export async function forkById(
  github: StewardGitHub,
  org: string,
  id: number,
): Promise<ForkRepository | undefined> {
  const own = new OrganisationGitHub(github, org);
  const found = await own.reached('proposals-repository', `/repositories/${id}`, id);
  return found === undefined ? undefined : repositoryAnswer.parse(found);
}

export async function pullOf(
  github: StewardGitHub,
  places: Places,
  branch: string,
): Promise<ProposedPull | undefined> {
  const { org, governance, fork } = places;
  const query = `head=${encodeURIComponent(`${org}:${branch}`)}&state=all&per_page=100`;
  const found = await ask(github, places, 'proposal-pulls', {
    path: `/repos/${org}/${governance.name}/pulls?${query}`,
  });
  // The filter of GitHub knows organisation and branch, and we know which of its repositories is meant.
  const ours = z
    .array(pullAnswer)
    .parse(found)
    .filter(({ head }) => head.ref === branch && head.repo?.id === fork.id);
  return ours.find(({ state }) => state === 'open') ?? ours[0];
}

export async function openPull(
  github: StewardGitHub,
  places: Places,
  { branch, title, body }: { branch: string; title: string; body: string },
): Promise<ProposedPull> {
  const { org, governance, fork } = places;
  return pullAnswer.parse(
    await ask(github, places, 'open-proposal', {
      method: 'POST',
      path: `/repos/${org}/${governance.name}/pulls`,
      // Both repositories belong to one organisation: GitHub then asks for the fork by its name.
      body: {
        ...{ title, body, base: governance.branch, maintainer_can_modify: false },
        head: `${org}:${branch}`,
        head_repo: fork.name,
      },
    }),
  );
}

export async function closePull(github: StewardGitHub, places: Places, number: number): Promise<void> {
  await ask(github, places, 'close-proposal', {
    method: 'PATCH',
    path: `/repos/${places.org}/${places.governance.name}/pulls/${number}`,
    body: { state: 'closed' },
  });
}

/** For git: writes to the fork, and to nothing else. */
export function writeHeader(github: StewardGitHub, { org, fork }: Places): Promise<string> {
  return github.gitHeaderFor({ org, permissions: WRITE, repository: fork.id });
}

function ask(
  github: StewardGitHub,
  { org, governance, fork }: Places,
  call: string,
  what: { method?: 'POST' | 'PATCH'; path: string; body?: object },
): Promise<unknown> {
  return github.inOrganisation(call, what, {
    org,
    permissions: PROPOSE,
    repository: [governance.id, fork.id],
  });
}
