/** What the first researcher does, at a desk outside: pushes with git, asks for runs in an issue, reads checks. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { BACKEND, RESEARCHER, STUDY } from './install-answers.ts';
import { basic } from './follow.ts';
import type { InstallWorld } from './install-world.ts';

const PATIENCE_MS = 240_000;

export class FirstStudy {
  readonly #world: InstallWorld;
  #sha = '';
  #issue = 0;

  constructor(world: InstallWorld) {
    this.#world = world;
  }

  /** Clones, commits these files, pushes. */
  async begin(files: Record<string, string>): Promise<void> {
    const folder = path.join(this.#world.root, 'clone');
    await this.#git('clone', '--quiet', `${this.#world.github}/${STUDY}.git`, folder);
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
    await this.#git('-C', folder, 'add', '--all');
    await this.#git('-C', folder, 'commit', '--quiet', '--message', 'Begin the study');
    await this.#git('-C', folder, 'push', '--quiet', 'origin', 'HEAD:main');
    this.#sha = await this.#person.head(STUDY, 'main');
    this.#issue = (await this.#person.openIssue(STUDY, 'Run it', 'The first one.')).number;
  }

  /** `/run`; the checks that were there before, which are not its own. */
  async ask(action: string): Promise<number[]> {
    const before = (await this.#person.checks(STUDY, this.#sha)).map(({ id }) => id);
    await this.#person.comment(STUDY, this.#issue, `/run ${action} --backend ${BACKEND}`);
    return before;
  }

  async run(action: string): Promise<string | null> {
    return this.ended(/^sallyport\/run /, await this.ask(action));
  }

  /** How the check ended that is called so, and is none of these. */
  async ended(name: RegExp, before: readonly number[] = []): Promise<string | null> {
    const { children } = this.#world;
    for (const until = Date.now() + PATIENCE_MS; Date.now() < until; ) {
      const found = (await this.#person.checks(STUDY, this.#sha)).find(
        (one) => !before.includes(one.id) && name.test(one.name) && one.status === 'completed',
      );
      if (found) return found.conclusion;
      await Promise.race([wait(300), children.lost]);
    }
    const checks = await this.#person.checks(STUDY, this.#sha);
    const comments = await this.#person.comments(STUDY, this.#issue);
    const seen = [
      ...checks.map((one) => `${one.name}: ${one.status} ${one.output.title ?? ''}`),
      ...comments.map(({ body }) => body),
    ];
    throw new Error(`no check ${String(name)} ended:\n${seen.join('\n')}`);
  }

  get #person() {
    return this.#world.person(RESEARCHER);
  }

  async #git(...words: string[]): Promise<void> {
    const { network, authorityFile, token } = this.#gitWorld();
    const env = ['env', `GIT_SSL_CAINFO=${authorityFile}`, 'HOME=/nonexistent'];
    const who = ['user.name=Rowan', 'user.email=rowan@example.edu', `http.extraHeader=${basic(token)}`];
    const said = await network.run('researcher', [
      ...env,
      'git',
      ...who.flatMap((one) => ['-c', one]),
      ...words,
    ]);
    if (said.code !== 0) throw new Error(`git ${words[0]}: ${said.said}`);
  }

  #gitWorld() {
    const { network, authorityFile } = this.#world;
    return { network, authorityFile, token: this.#world.token(RESEARCHER) };
  }
}
