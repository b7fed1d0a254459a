/** A person's clone of a repository: files in, commit, push, as anybody does it. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { git } from '../../lib/git.ts';

export interface Author {
  login: string;
  name: string;
  email: string;
  token: string;
}

export class WorkingCopy {
  readonly folder: string;
  readonly #author: Author;

  private constructor(folder: string, author: Author) {
    this.folder = folder;
    this.#author = author;
  }

  static async clone(remote: string, folder: string, author: Author): Promise<WorkingCopy> {
    const copy = new WorkingCopy(folder, author);
    mkdirSync(path.dirname(folder), { recursive: true });
    await git(['clone', '--quiet', remote, folder], { config: copy.#config() });
    return copy;
  }

  /** Lays a folder's files over the working tree. */
  add(source: string): void {
    cpSync(source, this.folder, { recursive: true });
  }

  edit(file: string, change: (text: string) => string): void {
    const place = path.join(this.folder, file);
    const before = readFileSync(place, 'utf8');
    const after = change(before);
    if (after === before) throw new Error(`nothing to change in ${file}`);
    writeFileSync(place, after);
  }

  read(file: string): string {
    return readFileSync(path.join(this.folder, file), 'utf8');
  }

  /** Commits everything and pushes; the new commit. */
  async push(message: string): Promise<string> {
    const config = this.#config();
    await git(['-C', this.folder, 'add', '--all'], { config });
    await git(['-C', this.folder, 'commit', '--quiet', '--message', message], { config });
    await git(['-C', this.folder, 'push', '--quiet', 'origin', 'HEAD:main'], { config });
    const { stdout } = await git(['-C', this.folder, 'rev-parse', 'HEAD'], { config });
    return stdout.toString().trim();
  }

  #config(): Record<string, string> {
    const { login, name, email, token } = this.#author;
    return {
      'user.name': name,
      'user.email': email,
      'commit.gpgSign': 'false',
      'http.extraHeader': `Authorization: Basic ${Buffer.from(`${login}:${token}`).toString('base64')}`,
    };
  }
}
