/**
 * The issue forms of the intake repository and of the one for incidents, as governance in force says. Level-triggered:
 * looks at what stands on the default branch and commits what differs, in one commit on top of what was looked at.
 *
 * A repository that deployment.yml names for anything else, too, is never written to. Files that are not ours are left
 * alone; a form of ours that governance does not have any more is taken away, so that nobody fills it in.
 */
import type { Governance } from '../governance/governance.ts';
import { canonicalJson } from '../lib/canonical.ts';
import { sha256 } from '../lib/hash.ts';
import type { Refusal } from '../lib/refusal.ts';
import { BranchGitHub, type SeenRepository } from './branch-github.ts';
import { Look, type KeepParts, type Looked } from './drift-look.ts';
import { wantedForms, type FormPlace } from './form-plan.ts';
import { GitHubTrouble } from './github.ts';
import { no } from './project-words.ts';

/** Throws for bugs alone. */
export function keepForms(parts: KeepParts, g: Governance, place: FormPlace): Promise<Looked> {
  const look = new Look(parts, place, g.policies.drift);
  const { org, repos } = g.deployment.github;
  return look.through(`the issue forms of ${place}`, org.login, async () => {
    const id = repos[place];
    if (id === undefined) return;
    const github = new BranchGitHub(parts.github, org.login, 'form');
    const repository = await github.repository(id);
    const against = whyNot(parts, g, place, repository);
    if (against) look.refuse(against, { repository: id });
    else await new FormKeeper(parts, look, github, repository!).keep(wantedForms(g, place), g.commit);
  });
}

function whyNot(
  parts: KeepParts,
  g: Governance,
  place: FormPlace,
  repository: SeenRepository | undefined,
): Refusal | undefined {
  const { org, repos } = g.deployment.github;
  const id = repos[place]!;
  if (isElsewhere(parts, g, place, id)) return no.formsElsewhere(place, id);
  if (repository?.owner.login.toLowerCase() !== org.login.toLowerCase()) return no.formsGone(place, id);
  return repository.archived ? no.formsArchived(place, id) : undefined;
}

function isElsewhere(parts: KeepParts, g: Governance, place: FormPlace, id: number): boolean {
  const { github } = g.deployment;
  const { [place]: _this, ...repos } = github.repos;
  const others: Governance = { ...g, deployment: { ...g.deployment, github: { ...github, repos } } };
  return (
    parts.isBarred(others, id) || g.projects.some((project) => project.repos.some((one) => one.id === id))
  );
}

class FormKeeper {
  readonly #parts: KeepParts;
  readonly #look: Look;
  readonly #github: BranchGitHub;
  readonly #repository: SeenRepository;

  constructor(parts: KeepParts, look: Look, github: BranchGitHub, repository: SeenRepository) {
    this.#parts = parts;
    this.#look = look;
    this.#github = github;
    this.#repository = repository;
  }

  async keep(wanted: ReadonlyMap<string, string>, commit: string): Promise<void> {
    const { id } = this.#repository;
    const head = await this.#github.head(this.#repository);
    const differ: (readonly [path: string, text: string | null])[] = [];
    for (const [path, text] of wanted) if ((await this.#text(head, path)) !== text) differ.push([path, text]);
    for (const path of this.#ours())
      if (!wanted.has(path) && (await this.#text(head, path)) !== undefined) differ.push([path, null]);
    const key = `forms ${id} ${sha256(canonicalJson([...wanted]))}`;
    if (differ.length > 0) {
      const became = await this.#look.differs({
        kind: 'forms',
        found: 'form-differs',
        deed: 'forms-set',
        about: { repository: id },
        key,
        there: true,
        work: () => this.#commit(head, differ, commit),
      });
      if (became !== 'done') return;
    }
    this.#remember(key, wanted);
  }

  async #text(head: string | undefined, path: string): Promise<string | undefined> {
    return head === undefined ? undefined : this.#github.text(this.#repository, head, path);
  }

  /** In an empty repository GitHub takes one file first. */
  async #commit(
    head: string | undefined,
    files: readonly (readonly [path: string, text: string | null])[],
    governance: string,
  ): Promise<void> {
    const message = `Keep the issue forms as governance says\n\nGovernance: ${governance}\n`;
    try {
      const [first, ...others] = files;
      const parent = head ?? (await this.#github.begin(this.#repository, first![0], first![1]!));
      const rest = head === undefined ? others : files;
      if (rest.length > 0) await this.#github.commit(this.#repository, parent, message, rest);
    } catch (error) {
      const refused = error instanceof GitHubTrouble && error.call === 'form-move';
      // Somebody else was quicker: nothing was done, and soon it is tried again.
      if (refused && (await this.#github.head(this.#repository)) !== head)
        throw new GitHubTrouble('form-moved', 429, { cause: error });
      throw error;
    }
  }

  /** Paths that were written here before. */
  #ours(): string[] {
    const start = this.#file('');
    return this.#parts.given.under(start).map((key) => key.slice(start.length));
  }

  /** One state is remembered: should governance come back to an older one, that is governance's change and nobody's. */
  #remember(key: string, wanted: ReadonlyMap<string, string>): void {
    const { given } = this.#parts;
    for (const old of given.under(`forms ${this.#repository.id} `)) if (old !== key) given.put(old, false);
    for (const path of this.#ours()) if (!wanted.has(path)) given.put(this.#file(path), false);
    for (const path of wanted.keys()) given.put(this.#file(path), true);
    this.#look.holds(key, true);
  }

  #file(path: string): string {
    return `form ${this.#repository.id} ${path}`;
  }
}
