/**
 * Actions whose image is another repository: what really runs is read there, at the tag, and only when
 * the tag lies on that repository's main branch. The zone looks again before it runs anything.
 */
import type { Governance } from '../governance/governance.ts';
import type { Refusal } from '../lib/refusal.ts';
import {
  isReusable,
  readActionFile,
  reusableRefusal,
  type ReusableAction,
  type ReusableProblem,
} from '../pipeline/pipeline.ts';
import type { Action, Pipeline } from '../pipeline/types.ts';
import type { App } from './app.ts';
import { repoClient, type RepoClient } from './repo.ts';

export interface Effective {
  /** With the images that really run. */
  pipeline: Pipeline;
  /** By action: why its reusable action cannot be used. */
  problems: Map<string, Refusal>;
}

export async function withReusableActions(
  app: App,
  client: RepoClient,
  governance: Governance,
  pipeline: Pipeline,
): Promise<Effective> {
  const problems = new Map<string, Refusal>();
  const orgs = governance.deployment.github.action_orgs;
  const listed = new Set(governance.images.map((image) => image.name));
  const seen = new Map<string, ReusableAction | ReusableProblem>();
  const actions: Action[] = [];
  for (const action of pipeline.actions) {
    const { name, tag } = action.image;
    if (orgs.length === 0 || listed.has(name) || !isReusable(action.image)) {
      actions.push(action);
      continue;
    }
    const key = `${name}:${tag}`;
    const found = seen.get(key) ?? (await look(app, client, orgs, name, tag));
    seen.set(key, found);
    if (isProblem(found)) problems.set(action.name, reusableRefusal(action, found));
    actions.push(isProblem(found) ? action : { ...action, image: found.image });
  }
  return { pipeline: { ...pipeline, actions }, problems };
}

const MAIN = 'main';
const FILE_BYTES = 100_000;

async function look(
  app: App,
  client: RepoClient,
  orgs: readonly string[],
  name: string,
  tag: string,
): Promise<ReusableAction | ReusableProblem> {
  let problem: ReusableProblem = { type: 'no-repository' };
  for (const owner of orgs) {
    const answer = await lookIn(await repoClient(app, { ...client.repo, owner, name }), tag);
    if (!isProblem(answer)) return answer;
    if (answer.type !== 'no-repository') problem = answer;
  }
  return problem;
}

async function lookIn(repository: RepoClient, tag: string): Promise<ReusableAction | ReusableProblem> {
  if (!(await repository.describe())) return { type: 'no-repository' };
  const sha = await repository.commitOf(`tags/${tag}`);
  if (!sha) return { type: 'no-version' };
  const head = await repository.branchHead(MAIN);
  if (!head || !(await repository.contains(head, sha))) return { type: 'not-on-main' };
  const bytes = await repository.file('action.yaml', sha, FILE_BYTES);
  if (bytes === undefined || bytes === 'too-large') return { type: 'no-file' };
  const { action, diagnostics } = readActionFile(Buffer.from(bytes).toString('utf8'));
  return action ?? { type: 'bad-file', diagnostics };
}

function isProblem(answer: ReusableAction | ReusableProblem): answer is ReusableProblem {
  return 'type' in answer;
}
