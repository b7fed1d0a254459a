/**
 * An action of another repository: `name:tag` of an organisation that governance lists. The commit
 * must be merged to its `main`, its runtime image allowed, and it never gets a database.
 */
import type { Governance, Image } from '../../src/governance/governance.ts';
import { isReusable, readActionFile, withReusable, type Action } from '../../src/pipeline/pipeline.ts';
import type { ZoneReason } from '../../src/protocol/messages.ts';
import { bytesAt, treeOf, type Mirrors, type RepositoryPlace } from '../store/mirror.ts';
import type { Pins } from './pins.ts';
import type { Checkout } from './types.ts';

const NOT_ALLOWED = 'reusable-action-not-allowed';
const MAX_FILE_BYTES = 256 * 1024;

export async function resolveReusable(
  action: Action,
  governance: Governance,
  mirrors: Mirrors,
  allowed: (action: Pick<Action, 'image' | 'isDatabase'>) => Image | ZoneReason,
  pinned: (written: string, find: Parameters<Pins['of']>[2]) => ReturnType<Pins['of']>,
  signal: AbortSignal,
): Promise<{ image: Image; command: string[]; checkout: Checkout } | ZoneReason> {
  if (!isReusable(action.image)) return 'image-not-allowed';
  const orgs = governance.deployment.github.action_orgs;
  const written = `${action.image.name}:${action.image.tag}`;
  const found = await pinned(written, () => commitOf(action, orgs, mirrors, signal));
  // Asked again: the organisation may have left the list since the request's first job.
  if (!found || !orgs.includes(found.owner)) return NOT_ALLOWED;
  const place = placeOf(found.owner, found.name);
  if ((await mirrors.reach(place, 'main', found.commit, signal)) !== 'reachable') return NOT_ALLOWED;
  const mirror = mirrors.dirOf(place);
  const file = await bytesAt(mirror, await treeOf(mirror, found.commit), 'action.yaml', MAX_FILE_BYTES);
  const reading = file && readActionFile(file.bytes.toString('utf8'));
  if (!reading?.action) return NOT_ALLOWED;
  const { image: named, command } = withReusable(action, reading.action);
  const image = allowed({ image: named, isDatabase: false });
  if (typeof image === 'string') return NOT_ALLOWED;
  const { owner, name, commit } = found;
  return { image, command, checkout: { owner, name, mirror, commit } };
}

function placeOf(owner: string, name: string): RepositoryPlace {
  return { key: `${owner}--${name}`, owner, name };
}

/** A tag first, then a branch; `latest` is what stands on main. */
async function commitOf(
  { image: { name, tag } }: Action,
  orgs: readonly string[],
  mirrors: Mirrors,
  signal: AbortSignal,
): Promise<{ owner: string; name: string; commit: string } | undefined> {
  const refs = tag === 'latest' ? ['refs/heads/main'] : [`refs/tags/${tag}`, `refs/heads/${tag}`];
  for (const owner of orgs) {
    for (const ref of refs) {
      const commit = await mirrors.tip(placeOf(owner, name), ref, signal);
      if (commit !== undefined) return { owner, name, commit };
    }
  }
  return undefined;
}
