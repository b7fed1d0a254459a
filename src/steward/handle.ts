/** One order, from the hub's wish to what became of it. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Governance } from '../governance/governance.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import type { PublishOrder, StewardOrder, StewardResult } from '../protocol/steward.ts';
import { GitHubTrouble, type RepositoryNow, type StewardGitHub } from './github.ts';
import { HubTrouble, type StewardHub } from './hub.ts';
import type { Pins } from './pins.ts';
import type { KeepParts } from './drift-look.ts';
import { prepare } from './prepare.ts';
import type { PublicLogParts } from './public-log.ts';
import { draftEdition, findReleases, publishEdition, removeEdition } from './release.ts';
import { verifyOrder } from './verify.ts';
import { no } from './words.ts';

export interface StewardParts {
  hub: StewardHub;
  github: StewardGitHub;
  /** Read afresh; undefined when that was not possible. */
  governance(): Promise<Governance | undefined>;
  /** Where governance lies as git objects, and which repository that is. */
  mirror: { dir: string; repository: { id: number; owner: string; name: string; branch: string } };
  /** The log as the hub serves it, whose signature is believed, and what was committed of it last. */
  publicLog: Pick<PublicLogParts, 'log' | 'trusted' | 'kept'>;
  clock: Clock;
  logger: Logger;
  /** Folder for files on their way; only what was released ever lies there. */
  work: string;
  /** Which review repository was first seen under a name. */
  pins: Pins;
  /** For what is kept of projects and teams. */
  keep: KeepParts & { governanceRepository: number };
}

/** Throws only HubTrouble and bugs: whoever called tries the whole order again. */
export async function handle(parts: StewardParts, order: StewardOrder): Promise<StewardResult> {
  const folder = join(parts.work, order.tag);
  try {
    const result =
      order.want === 'gone'
        ? await removeEdition(parts.github, order, () => hubAddress(parts))
        : await publish(parts, order, folder);
    if (result.outcome !== 'failed') await rm(folder, { recursive: true, force: true });
    return result;
  } catch (error) {
    if (error instanceof HubTrouble) throw error;
    parts.logger.error(
      { err: error, tag: order.tag, code: 'steward.failed' },
      'An order could not be carried out',
    );
    const status = error instanceof GitHubTrouble ? error.status : 0;
    return { outcome: 'failed', code: no.github(status).code };
  }
}

/** As governance names it for people; the address we ask at may be one of our own network. */
async function hubAddress({ governance, hub }: StewardParts): Promise<string> {
  return (await governance())?.deployment.base_url ?? hub.origin;
}

async function publish(parts: StewardParts, order: PublishOrder, folder: string): Promise<StewardResult> {
  const { github, hub, clock } = parts;
  const g = await parts.governance();
  if (!g) return { outcome: 'failed', code: no.governance().code };
  const verified = verifyOrder(order, g, clock.now());
  if (isRefusal(verified)) return refused(parts, order, verified);
  // Verified: its code has to be public at once, should the hub ask for that.
  const { id } = order.repository;
  if (parts.keep.published.get(String(id)) === undefined) parts.keep.published.keep(String(id), id);
  const before = await publicRepository(github, order);
  if (isRefusal(before)) return refused(parts, order, before);
  const prepared = await prepare({ hub, github, folder }, order, verified, g);
  if (isRefusal(prepared)) return refused(parts, order, prepared);
  const draft = await draftEdition(github, order, prepared, before.default_branch);
  if (!draft) return { outcome: 'tag-taken' };
  // The last look before the public sees it: a recall, or a repository made private, while files went up.
  if (!(await hub.still(order))) return undone(parts, order, no.recalled());
  const now = await publicRepository(github, order);
  if (isRefusal(now)) return undone(parts, order, now);
  return publishEdition(github, order, draft, prepared, now.default_branch);
}

async function publicRepository(
  github: StewardGitHub,
  order: PublishOrder,
): Promise<RepositoryNow | Refusal> {
  let found: RepositoryNow;
  try {
    found = await github.repository(order.repository);
  } catch (error) {
    if (error instanceof GitHubTrouble && error.status === 404) return no.notInstalled();
    throw error;
  }
  if (found.id !== order.repository.id) return no.otherRepository();
  if (found.private || (found.visibility ?? 'public') !== 'public') return no.privateRepository();
  return found.archived ? no.archived() : found;
}

function refused({ logger }: StewardParts, { tag }: StewardOrder, { code, says }: Refusal): StewardResult {
  logger.warn({ code, tag, says }, 'Not published');
  return { outcome: 'refused', code };
}

/** Nothing half made is left where members see it. */
async function undone(parts: StewardParts, order: PublishOrder, why: Refusal): Promise<StewardResult> {
  const { ours } = await findReleases(parts.github, order.repository, order.tag);
  for (const { id, draft } of ours) if (draft) await parts.github.deleteRelease(order.repository, id);
  return refused(parts, order, why);
}
