/**
 * A proposal that no longer fits what is merged, and on whose branch people have worked: what they did is taken
 * along, under their names, on top of what they had. Nobody's commit is ever taken off a branch.
 */
import { git } from '../../lib/git.ts';
import { commitTree, mergedTree, type Author } from './change-commit.ts';

/** Commits of one proposal that are looked through. */
const MOST = 500;

/** How a branch came to be, as seen from its head. */
export interface BranchWork {
  /** The newest change that we wrote ourselves: what people did is what differs from it. Undefined: there is none. */
  ours: string | undefined;
  /** Whether anybody else has a commit there. */
  others: boolean;
}

/** `merged`: what is in force, whose commits are nobody's work on the proposal. */
export async function workOn(
  dir: string,
  { head, merged, author }: { head: string; merged: string; author: Author },
): Promise<BranchWork> {
  const { stdout } = await git(
    ['log', '--first-parent', `--max-count=${MOST}`, '--format=%H%x09%P%x09%ae%x09%ce', head, `^${merged}`],
    { dir },
  );
  let others = false;
  for (const line of stdout.toString('utf8').split('\n').filter(Boolean)) {
    const [commit = '', parents = '', wrote, committed] = line.split('\t');
    if (wrote !== author.email || committed !== author.email) {
      others = true;
      continue;
    }
    // What we brought up to date before has their work on its first side, and our own change on the second.
    const [, second] = parents.split(' ');
    return { ours: second ?? commit, others: others || second !== undefined };
  }
  return { ours: undefined, others };
}

/** Our change as it is now, with theirs on it; undefined when the two touch the same lines, which is for people to settle. */
export async function withTheirs(
  dir: string,
  { before, now, head }: { before: string; now: string; head: string },
  by: { author: Author; at: number; message: string },
): Promise<string | undefined> {
  // As if ours had been changed on its old place: then git compares both with what they began from.
  const moved = await commitTree(dir, { ...by, tree: `${now}^{tree}`, parents: [before] });
  const tree = await mergedTree(dir, moved, head);
  return tree && commitTree(dir, { ...by, tree, parents: [head, now] });
}
