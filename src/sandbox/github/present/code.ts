/** Commits, files, refs, trees and comparisons. */
import type { FileChange } from '../git/history.ts';
import { entryType, type Commit, type Signature, type TreeItem } from '../git/objects.ts';
import type { Repo } from '../state/model.ts';
import { AccountPresenter, time, type Json } from './accounts.ts';

const UNSIGNED = { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null };

export class CodePresenter extends AccountPresenter {
  /** As in push payloads: `id`, time with zone. */
  pushCommit(repo: Repo, commit: Commit): Json {
    return {
      id: commit.sha,
      tree_id: commit.tree,
      distinct: true,
      message: commit.message,
      timestamp: withZone(commit.committer),
      url: `${this.web(repo)}/commit/${commit.sha}`,
      author: this.#pushPerson(commit.author),
      committer: this.#pushPerson(commit.committer),
    };
  }

  simpleCommit(commit: Commit): Json {
    return {
      id: commit.sha,
      tree_id: commit.tree,
      message: commit.message,
      timestamp: time(commit.committer.at),
      author: { name: commit.author.name, email: commit.author.email },
      committer: { name: commit.committer.name, email: commit.committer.email },
    };
  }

  commit(repo: Repo, commit: Commit, files?: readonly FileChange[]): Json {
    const api = this.apiRepo(repo);
    const url = `${api}/commits/${commit.sha}`;
    const comments = this.state.talk.commitComments(repo, commit.sha).length;
    const additions = files?.reduce((sum, file) => sum + file.additions, 0) ?? 0;
    const deletions = files?.reduce((sum, file) => sum + file.deletions, 0) ?? 0;
    return {
      sha: commit.sha,
      node_id: this.nodeId('Commit', commit.sha),
      commit: {
        author: gitPerson(commit.author),
        committer: gitPerson(commit.committer),
        message: commit.message,
        tree: { sha: commit.tree, url: `${api}/git/trees/${commit.tree}` },
        url: `${api}/git/commits/${commit.sha}`,
        comment_count: comments,
        verification: UNSIGNED,
      },
      url,
      html_url: `${this.web(repo)}/commit/${commit.sha}`,
      comments_url: `${url}/comments`,
      author: this.#accountOf(commit.author),
      committer: this.#accountOf(commit.committer),
      parents: this.#parents(repo, commit, 'commits'),
      ...(files
        ? {
            stats: { total: additions + deletions, additions, deletions },
            files: files.map((file) => this.file(repo, commit.sha, file)),
          }
        : {}),
    };
  }

  gitCommit(repo: Repo, commit: Commit): Json {
    const api = this.apiRepo(repo);
    return {
      sha: commit.sha,
      node_id: this.nodeId('Commit', commit.sha),
      url: `${api}/git/commits/${commit.sha}`,
      html_url: `${this.web(repo)}/commit/${commit.sha}`,
      author: gitPerson(commit.author),
      committer: gitPerson(commit.committer),
      message: commit.message,
      tree: { sha: commit.tree, url: `${api}/git/trees/${commit.tree}` },
      parents: this.#parents(repo, commit, 'git/commits'),
      verification: UNSIGNED,
    };
  }

  file(repo: Repo, sha: string, file: FileChange): Json {
    const path = encodePath(file.filename);
    return {
      sha: file.sha,
      filename: file.filename,
      status: file.status,
      additions: file.additions,
      deletions: file.deletions,
      changes: file.additions + file.deletions,
      blob_url: `${this.web(repo)}/blob/${sha}/${path}`,
      raw_url: `${this.web(repo)}/raw/${sha}/${path}`,
      contents_url: `${this.apiRepo(repo)}/contents/${path}?ref=${sha}`,
      ...(file.patch === undefined ? {} : { patch: file.patch }),
      ...(file.previous === undefined ? {} : { previous_filename: file.previous }),
    };
  }

  branch(repo: Repo, name: string, sha: string): Json {
    return { name, commit: { sha, url: `${this.apiRepo(repo)}/commits/${sha}` }, protected: false };
  }

  fullBranch(repo: Repo, name: string, commit: Commit): Json {
    const self = `${this.apiRepo(repo)}/branches/${name}`;
    return {
      name,
      commit: this.commit(repo, commit),
      _links: { self, html: `${this.web(repo)}/tree/${name}` },
      protected: false,
      protection: {
        enabled: false,
        required_status_checks: { enforcement_level: 'off', contexts: [], checks: [] },
      },
      protection_url: `${self}/protection`,
    };
  }

  ref(repo: Repo, ref: string, sha: string, type: string): Json {
    const api = this.apiRepo(repo);
    return {
      ref,
      node_id: this.nodeId('Ref', `${repo.id}:${ref}`),
      url: `${api}/git/${ref}`,
      object: { sha, type, url: `${api}/git/${type}s/${sha}` },
    };
  }

  tree(
    repo: Repo,
    sha: string,
    items: readonly (TreeItem & { path: string; size?: number })[],
    truncated: boolean,
  ): Json {
    const api = this.apiRepo(repo);
    return {
      sha,
      url: `${api}/git/trees/${sha}`,
      truncated,
      tree: items.map((item) => {
        const type = entryType(item.mode);
        return {
          path: item.path,
          mode: item.mode.padStart(6, '0'),
          type,
          sha: item.sha,
          ...(item.size === undefined ? {} : { size: item.size }),
          ...(type === 'commit' ? {} : { url: `${api}/git/${type}s/${item.sha}` }),
        };
      }),
    };
  }

  blob(repo: Repo, sha: string, bytes: Buffer): Json {
    return {
      sha,
      node_id: this.nodeId('Blob', sha),
      size: bytes.length,
      url: `${this.apiRepo(repo)}/git/blobs/${sha}`,
      content: base64(bytes),
      encoding: 'base64',
    };
  }

  /** A file, folder, link or submodule as the contents API lists it, without content. */
  contentEntry(repo: Repo, ref: string, item: TreeItem & { path: string }, size: number): Json {
    const path = encodePath(item.path);
    const type =
      item.mode === '120000'
        ? 'symlink'
        : { blob: 'file', tree: 'dir', commit: 'submodule' }[entryType(item.mode)];
    const url = `${this.apiRepo(repo)}/contents/${path}?ref=${encodeURIComponent(ref)}`;
    const gitUrl =
      type === 'submodule'
        ? null
        : `${this.apiRepo(repo)}/git/${type === 'dir' ? 'trees' : 'blobs'}/${item.sha}`;
    const htmlUrl = `${this.web(repo)}/${type === 'dir' ? 'tree' : 'blob'}/${encodePath(ref)}/${path}`;
    return {
      name: item.name,
      path: item.path,
      sha: item.sha,
      size: type === 'dir' ? 0 : size,
      url,
      html_url: htmlUrl,
      git_url: gitUrl,
      download_url:
        type === 'file' || type === 'symlink' ? `${this.web(repo)}/raw/${encodePath(ref)}/${path}` : null,
      type,
      _links: { self: url, git: gitUrl, html: htmlUrl },
    };
  }

  #parents(repo: Repo, commit: Commit, kind: string): Json[] {
    return commit.parents.map((sha) => ({
      sha,
      url: `${this.apiRepo(repo)}/${kind}/${sha}`,
      html_url: `${this.web(repo)}/commit/${sha}`,
    }));
  }

  /** Commits name people by address; GitHub shows the account that has it, if one does. */
  #accountOf(signature: Signature): Json | null {
    const id = /^(\d+)\+/.exec(signature.email)?.[1];
    for (const user of this.state.data.users.values()) {
      if (user.email === signature.email || (id && user.id === Number(id))) return this.user(user);
    }
    return null;
  }

  #pushPerson(signature: Signature): Json {
    const account = this.#accountOf(signature);
    return {
      name: signature.name,
      email: signature.email,
      date: withZone(signature),
      ...(account ? { username: account['login'] } : {}),
    };
  }
}

export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

/** GitHub wraps base64 at 60 characters and ends it with a line feed. */
export function base64(bytes: Buffer): string {
  return bytes
    .toString('base64')
    .replace(/(.{60})/g, '$1\n')
    .replace(/([^\n])$/, '$1\n');
}

const gitPerson = (signature: Signature): Json => ({
  name: signature.name,
  email: signature.email,
  date: time(signature.at),
});

function withZone({ at, zone }: Signature): string {
  const sign = zone.startsWith('-') ? -1 : 1;
  const minutes = sign * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3, 5)));
  const local = new Date(at + minutes * 60_000).toISOString().slice(0, 19);
  return minutes === 0 ? `${local}Z` : `${local}${zone.slice(0, 3)}:${zone.slice(3)}`;
}
