/**
 * Whether a release may be taken, before its first byte: pure.
 *
 * The airlock decided; this is the receiver's own look at what it is able to see. A release belongs to a
 * request that was shown, to a batch that is on its way, and every file of it carries the approvals of two
 * different people who are checkers in governance now and not its author.
 */
import type { Governance } from '../governance/governance.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { ReleaseDeclaration, ReleaseFile, ShownRequest } from '../protocol/protocol.ts';
import { CHECKERS, CONTENT_OF, isSafePath, peopleFacts, suffixOf } from '../release/release.ts';
import * as words from './words.ts';

/** Whatever policy says. */
export const MAX_FILE = 16 * 1024 * 1024;

type ShownCopy = Pick<ShownRequest, 'id' | 'workspace' | 'project' | 'author' | 'batches'> & {
  repository: number;
};

const ON_ITS_WAY = ['queued', 'uploading', 'stopped', 'released'];

export function whyNotDeclared(
  declared: ReleaseDeclaration,
  shown: ShownCopy,
  governance: Governance,
  now: number,
): Refusal | undefined {
  const { batch, files } = declared;
  const other = (['workspace', 'project', 'repository', 'author'] as const).find(
    (field) => declared[field] !== shown[field],
  );
  if (other) return words.releaseOtherRequest(other);
  const known = shown.batches.find(({ number }) => number === batch);
  if (!known || !ON_ITS_WAY.includes(known.state)) return words.releaseNoBatch();
  const twice = duplicate(files);
  if (twice) return words.fileNotAllowed(twice.number, 'its number or path stands there twice');
  const largest = Math.min(MAX_FILE, governance.policies.outputs.max_file);
  for (const file of files) {
    const why = whyNotFile(file, largest);
    if (why) return words.fileNotAllowed(file.number, why);
  }
  const checkers = checkersOf(governance, shown.project, now);
  const bare = files.find((file) => !isApproved(file, shown.author, checkers));
  return bare && words.approvalsMissing(bare.number);
}

/** Ids of everybody who holds the role for this project now; whether their training counts is the zone's to say. */
export function checkersOf(governance: Governance, project: string, now: number): ReadonlySet<number> {
  const people = Object.values(peopleFacts(governance, project, now, { untrained: true }));
  return new Set(people.filter(({ roles }) => roles.includes('checker')).map(({ id }) => id));
}

/** By two of them at least, each with a key of their own. */
export function isApproved(
  { approvals }: Pick<ReleaseFile, 'approvals'>,
  author: number,
  checkers: ReadonlySet<number>,
): boolean {
  const valid = approvals.filter(({ checker }) => checker !== author && checkers.has(checker));
  return (
    new Set(valid.map(({ checker }) => checker)).size >= CHECKERS &&
    new Set(valid.map(({ key }) => key)).size >= CHECKERS
  );
}

function whyNotFile({ path, size }: ReleaseFile, largest: number): string | undefined {
  if (!isSafePath(path)) return 'its path is not a safe one';
  if (!Object.hasOwn(CONTENT_OF, suffixOf(path))) return 'its type is not known';
  return size > largest ? 'it is too large' : undefined;
}

function duplicate(files: readonly ReleaseFile[]): ReleaseFile | undefined {
  const numbers = new Set<number>();
  const paths = new Set<string>();
  return files.find(({ number, path }) => {
    const known = numbers.has(number) || paths.has(path);
    numbers.add(number);
    paths.add(path);
    return known;
  });
}
