/** The repository at the commit of a job: read as git objects from the airlock's own mirror. */
import { isSha } from '../../src/lib/git.ts';
import { bytesAt, treeOf, type Mirrors } from '../store/mirror.ts';
import type { CodeEntry, FileOrigin } from './face.ts';

export type CodePlace = Pick<FileOrigin, 'repo' | 'repository' | 'commit'>;

export interface CodeSource {
  /** Plain files; undefined when the repository has no such commit (any more). Throws GitFailed. */
  tree(place: CodePlace): Promise<CodeEntry[] | undefined>;
  /** One file; undefined when it is none, a link, or too large to be shown. */
  file(place: CodePlace, path: string): Promise<Buffer | undefined>;
}

const LARGEST = 4 * 1024 * 1024;
const ADDRESS = /\/([A-Za-z0-9][A-Za-z0-9-]{0,38})\/([A-Za-z0-9._-]{1,100}?)(?:\.git)?$/;

export function codeFrom(mirrors: Pick<Mirrors, 'hold' | 'dirOf'>): CodeSource {
  async function held({ repo, repository, commit }: CodePlace): Promise<string | undefined> {
    const [, owner, name] = ADDRESS.exec(repo) ?? [];
    if (owner === undefined || name === undefined || !isSha(commit)) return undefined;
    const place = { key: String(repository), owner, name, id: repository };
    return (await mirrors.hold(place, commit)) ? mirrors.dirOf(place) : undefined;
  }
  return {
    async tree(place) {
      const dir = await held(place);
      if (dir === undefined) return undefined;
      const entries = await treeOf(dir, place.commit);
      return entries
        .filter(({ mode }) => mode.startsWith('100'))
        .map(({ path, size, sha }) => ({ path, size, id: sha }));
    },
    async file(place, path) {
      const dir = await held(place);
      if (dir === undefined) return undefined;
      return (await bytesAt(dir, await treeOf(dir, place.commit), path, LARGEST))?.bytes;
    },
  };
}
