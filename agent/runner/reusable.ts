/**
 * An action of another repository: `name:tag` of an organisation that governance lists. The commit
 * must be merged to its `main`, its runtime image allowed, and it never gets a database.
 */
import type { Governance, Image } from '../../src/governance/governance.ts';
import { isReusable, readActionFile, withReusable, type Action } from '../../src/pipeline/pipeline.ts';
import type { ZoneReason } from '../../src/protocol/messages.ts';
import { bytesAt, treeOf, type Mirrors, type RepositoryPlace } from './mirror.ts';
import type { Checkout } from './types.ts';

const NOT_ALLOWED = 'reusable-action-not-allowed';
const MAX_FILE_BYTES = 256 * 1024;

export async function resolveReusable(
  action: Action,
  governance: Governance,
  mirrors: Mirrors,
  allowed: (action: Pick<Action, 'image' | 'isDatabase'>) => Image | ZoneReason,
  signal: AbortSignal,
): Promise<{ image: Image; command: string[]; checkout: Checkout } | ZoneReason> {
  if (!isReusable(action.image)) return 'image-not-allowed';
  const found = await commitOf(action, governance.deployment.github.action_orgs, mirrors, signal);
  if (!found) return NOT_ALLOWED;
  if ((await mirrors.reach(found.place, 'main', found.commit, signal)) !== 'reachable') return NOT_ALLOWED;
  const mirror = mirrors.dirOf(found.place);
  const file = await bytesAt(mirror, await treeOf(mirror, found.commit), 'action.yaml', MAX_FILE_BYTES);
  const reading = file && readActionFile(file.bytes.toString('utf8'));
  if (!reading?.action) return NOT_ALLOWED;
  const { image: named, command } = withReusable(action, reading.action);
  const image = allowed({ image: named, isDatabase: false });
  if (typeof image === 'string') return NOT_ALLOWED;
  const { owner, name } = found.place;
  return { image, command, checkout: { owner, name, mirror, commit: found.commit } };
}

/** A tag first, then a branch; `latest` is what stands on main. */
async function commitOf(
  { image: { name, tag } }: Action,
  orgs: readonly string[],
  mirrors: Mirrors,
  signal: AbortSignal,
): Promise<{ place: RepositoryPlace; commit: string } | undefined> {
  const refs = tag === 'latest' ? ['refs/heads/main'] : [`refs/tags/${tag}`, `refs/heads/${tag}`];
  for (const owner of orgs) {
    const place = { key: `${owner}--${name}`, owner, name };
    for (const ref of refs) {
      const commit = await mirrors.tip(place, ref, signal);
      if (commit !== undefined) return { place, commit };
    }
  }
  return undefined;
}
