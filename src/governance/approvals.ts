/**
 * Who approved which version: signed tags `approved/<anything>`, made by `git tag -s` with an SSH key that
 * the zone's operator listed. The signature covers commit and tag name, so a tag moved to another commit,
 * renamed or copied says nothing.
 */
import { git } from '../lib/git.ts';
import { readObjects } from '../lib/git-objects.ts';
import { signerOf, splitSigned, type SshKey } from '../lib/ssh-signature.ts';

/** What is fetched, and where it is kept; nothing else writes there. */
export const APPROVAL_REFS = '+refs/tags/approved/*:refs/sallyport/approved/*';
const KEPT = 'refs/sallyport/approved/';
const NAMESPACE = 'git';
/** More tags than people could make; what comes after them is not looked at. */
const MAX_TAGS = 5000;
const MAX_TAG_BYTES = 64 * 1024;
const HEAD = /^object ([0-9a-f]{40})\ntype commit\ntag (approved\/[^\n]{1,200})\ntagger /;

export interface Approval {
  commit: string;
  /** The signer's key. */
  signer: string;
}

/** Signed by one of the keys, for this very tag; undefined for anything else. */
export function approvalIn(tag: Buffer, name: string, keys: readonly SshKey[]): Approval | undefined {
  const parts = splitSigned(tag);
  const [, commit, signedName] = (parts && HEAD.exec(parts.message.toString('utf8'))) ?? [];
  if (!parts || commit === undefined || signedName !== name) return undefined;
  const signer = signerOf(parts.message, parts.armoured, NAMESPACE, keys);
  return signer && { commit, signer: signer.id };
}

/** Commits with the signers of each, out of the tags that were fetched. Each tag object is verified once. */
export class Approvals {
  readonly #dir: string;
  readonly #keys: readonly SshKey[];
  readonly #verified = new Map<string, Approval | undefined>();

  constructor(dir: string, keys: readonly SshKey[]) {
    this.#dir = dir;
    this.#keys = keys;
  }

  async signers(): Promise<Map<string, Set<string>>> {
    const tags = await this.#tags();
    const fresh = tags.filter(({ key }) => !this.#verified.has(key));
    const names = new Map(fresh.map((tag) => [tag.sha, tag]));
    for await (const { sha, bytes } of readObjects(this.#dir, names.keys())) {
      const { key, name } = names.get(sha)!;
      this.#verified.set(key, approvalIn(bytes, name, this.#keys));
    }
    const found = new Map<string, Set<string>>();
    for (const { key } of tags) {
      const approval = this.#verified.get(key);
      if (!approval) continue;
      found.set(approval.commit, (found.get(approval.commit) ?? new Set()).add(approval.signer));
    }
    return found;
  }

  async #tags(): Promise<{ sha: string; name: string; key: string }[]> {
    const format = '--format=%(objecttype) %(objectsize) %(objectname) %(refname)';
    const { stdout } = await git(['for-each-ref', `--count=${MAX_TAGS}`, format, KEPT], { dir: this.#dir });
    return stdout
      .toString('utf8')
      .split('\n')
      .flatMap((line) => {
        const [type, size, sha = '', ref = ''] = line.split(' ');
        if (type !== 'tag' || Number(size) > MAX_TAG_BYTES) return [];
        const name = `approved/${ref.slice(KEPT.length)}`;
        return [{ sha, name, key: `${sha} ${name}` }];
      });
  }
}
