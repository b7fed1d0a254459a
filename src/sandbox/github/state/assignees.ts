/** Who may be assigned to an issue, and who is. */
import { invalid, type Failure } from './failure.ts';
import { atLeast, type Issue, type Repo, type Signed, type User } from './model.ts';
import type { SandboxState } from './state.ts';

const MOST = 10;

export class Assignees {
  readonly #state: SandboxState;

  constructor(state: SandboxState) {
    this.#state = state;
  }

  /** Everybody who can be assigned to any issue here: who may write, and members who may read. No bots. */
  of(repo: Repo): User[] {
    const org = this.#state.data.orgs.get(repo.owner);
    return [...this.#state.data.users.values()].filter((user) => {
      if (user.type !== 'User') return false;
      const level = this.#state.repos.level(repo, user.id);
      return atLeast(level, 'write') || ((org?.members.has(user.id) ?? false) && atLeast(level, 'read'));
    });
  }

  /** On one issue also who commented there, and whoever is doing it. */
  may(repo: Repo, issue: Issue | undefined, user: User, by?: User): boolean {
    if (this.of(repo).includes(user)) return true;
    if (user.type !== 'User' || !atLeast(this.#state.repos.level(repo, user.id), 'read')) return false;
    if (by?.id === user.id) return true;
    return (
      issue !== undefined &&
      this.#state.talk.comments(repo, issue).some((comment) => comment.user === user.id)
    );
  }

  /** What a whole list of them would be refused for: `assignees` of a new or edited issue. */
  fault(actor: Signed, repo: Repo, issue: Issue | undefined, logins: readonly string[]): Failure | undefined {
    for (const login of logins) {
      const user = this.#state.people.user(login);
      if (!user || !this.may(repo, issue, user, actor.user))
        return invalid({ resource: 'Issue', field: 'assignees', code: 'invalid', value: login });
    }
    return new Set(logins).size > MOST ? tooMany() : undefined;
  }

  /** Exactly these, which `fault` has let through. */
  set(actor: Signed, repo: Repo, issue: Issue, logins: readonly string[]): void {
    const wanted = this.#ids(logins);
    this.#assign(actor, repo, issue, wanted);
    this.#unassign(
      actor,
      repo,
      issue,
      issue.assignees.filter((id) => !wanted.includes(id)),
    );
  }

  /** Who cannot be assigned is left out without a word, and all of them when the actor may not assign. */
  add(actor: Signed, repo: Repo, issue: Issue, logins: readonly string[]): Failure | undefined {
    const no = this.#refuse(actor, repo, issue);
    if (no) return silenced(actor, no);
    const able = this.#ids(logins).filter((id) => {
      const user = this.#state.data.users.get(id);
      return user && this.may(repo, issue, user, actor.user);
    });
    if (new Set([...issue.assignees, ...able]).size > MOST) return tooMany();
    this.#assign(actor, repo, issue, able);
    return undefined;
  }

  remove(actor: Signed, repo: Repo, issue: Issue, logins: readonly string[]): Failure | undefined {
    const no = this.#refuse(actor, repo, issue);
    if (no) return silenced(actor, no);
    const ids = this.#ids(logins);
    this.#unassign(
      actor,
      repo,
      issue,
      issue.assignees.filter((id) => ids.includes(id)),
    );
    return undefined;
  }

  #refuse(actor: Signed, repo: Repo, issue: Issue): Failure | undefined {
    return this.#state.repos.refuse(actor, repo, issue.pull ? 'pull.manage' : 'issue.manage');
  }

  #ids(logins: readonly string[]): number[] {
    return [...new Set(logins.flatMap((login) => this.#state.people.user(login)?.id ?? []))];
  }

  #assign(actor: Signed, repo: Repo, issue: Issue, ids: readonly number[]): void {
    for (const id of ids.filter((one) => !issue.assignees.includes(one))) {
      issue.assignees.push(id);
      this.#event('assigned', actor, repo, issue, id);
    }
  }

  #unassign(actor: Signed, repo: Repo, issue: Issue, ids: readonly number[]): void {
    for (const id of ids) {
      issue.assignees = issue.assignees.filter((held) => held !== id);
      this.#event('unassigned', actor, repo, issue, id);
    }
  }

  #event(event: 'assigned' | 'unassigned', actor: Signed, repo: Repo, issue: Issue, id: number): void {
    this.#state.issues.note(issue, actor, { event, assignee: id });
    const user = this.#state.data.users.get(id);
    const extra = user ? { assignee: this.#state.present.user(user) } : {};
    this.#state.issues.emit(event, repo, issue, actor, extra);
  }
}

/** People without the right are not told; Apps are. */
function silenced(actor: Signed, no: Failure): Failure | undefined {
  return actor.kind === 'person' && !actor.via && no.status === 403 ? undefined : no;
}

const tooMany = (): Failure =>
  invalid({
    resource: 'Issue',
    field: 'assignees',
    code: 'custom',
    message: `An issue has at most ${MOST} assignees`,
  });
