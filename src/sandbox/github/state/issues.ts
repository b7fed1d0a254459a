/** Issues and labels. Pull requests are issues too; only what they share is here. */
import { fail, invalid, longerThan, notFound, type Failure } from './failure.ts';
import { issuesOff } from './issue-fates.ts';
import {
  appBehind,
  type Actor,
  type Issue,
  type Label,
  type Repo,
  type Signed,
  type TimelineItem,
} from './model.ts';
import type { Deed } from './permission.ts';
import type { SandboxState } from './state.ts';

export const MOST_BODY = 65_536;
const MOST_TITLE = 256;

export interface NewIssue {
  title: string;
  body?: string | null;
  labels?: readonly string[];
  assignees?: readonly string[];
  /** Labels and assignees are those of a form in the repository, not the person's. */
  fromForm?: boolean;
}

export interface IssueChange {
  title?: string;
  body?: string | null;
  state?: 'open' | 'closed';
  stateReason?: Issue['stateReason'];
  labels?: readonly string[];
  assignees?: readonly string[];
}

export class Issues {
  readonly #state: SandboxState;

  constructor(state: SandboxState) {
    this.#state = state;
  }

  find(repo: Repo, number: number): Issue | undefined {
    return repo.issues.get(number);
  }

  create(actor: Signed, repo: Repo, given: NewIssue): Issue | Failure {
    const no =
      this.#state.repos.refuse(actor, repo, 'issue.create') ?? issuesOff(repo) ?? textFaults('Issue', given);
    if (no) return no;
    const manages = !this.#state.repos.refuse(actor, repo, 'issue.manage');
    const unfit =
      manages &&
      !given.fromForm &&
      this.#state.assignees.fault(actor, repo, undefined, given.assignees ?? []);
    if (unfit) return unfit;
    const issue = this.blank(actor, repo, given.title, given.body ?? null);
    this.emit('opened', repo, issue, actor);
    // Labels and assignees of someone who may not set them are dropped without a word.
    if (given.fromForm) this.#applyForm(actor, repo, issue, given);
    else if (manages) {
      this.#addLabels(actor, repo, issue, given.labels ?? []);
      this.#state.assignees.set(actor, repo, issue, given.assignees ?? []);
    }
    return issue;
  }

  /** A form's labels are set whoever answers it, but not made; who cannot be assigned is left out. */
  #applyForm(actor: Signed, repo: Repo, issue: Issue, given: NewIssue): void {
    const labels = (given.labels ?? []).filter((name) => repo.labels.has(name.toLowerCase()));
    this.#addLabels(actor, repo, issue, labels);
    const able = this.#state.assignees.of(repo).map((user) => user.login);
    const assignees = (given.assignees ?? []).filter((login) => able.includes(login));
    this.#state.assignees.set(actor, repo, issue, assignees);
  }

  /** An issue record with the next number; the caller says what it is and emits. */
  blank(actor: Signed, repo: Repo, title: string, body: string | null): Issue {
    const now = this.#state.clock.now();
    const issue: Issue = {
      id: this.#state.nextId(),
      number: ++repo.lastNumber,
      title,
      body,
      state: 'open',
      stateReason: null,
      user: actor.user.id,
      app: appBehind(actor),
      labels: [],
      assignees: [],
      locked: false,
      lockReason: null,
      reactions: [],
      timeline: [],
      createdAt: now,
      updatedAt: now,
      closedAt: null,
      closedBy: null,
      pull: null,
    };
    repo.issues.set(issue.number, issue);
    this.#state.touch();
    return issue;
  }

  edit(actor: Signed, repo: Repo, issue: Issue, change: IssueChange): Failure | undefined {
    const no =
      this.#mayEdit(actor, repo, issue, change) ??
      textFaults('Issue', { title: issue.title, ...change }) ??
      this.#state.assignees.fault(actor, repo, issue, change.assignees ?? []);
    if (no) return no;
    const changes: Record<string, { from: string }> = {};
    if (change.title !== undefined && change.title !== issue.title) {
      changes['title'] = { from: issue.title };
      this.note(issue, actor, { event: 'renamed', from: issue.title, to: change.title });
      issue.title = change.title;
    }
    if (change.body !== undefined && change.body !== issue.body) {
      changes['body'] = { from: issue.body ?? '' };
      issue.body = change.body;
    }
    if (Object.keys(changes).length > 0) this.emit('edited', repo, issue, actor, { changes });
    if (change.labels) this.setLabels(actor, repo, issue, change.labels);
    if (change.assignees) this.#state.assignees.set(actor, repo, issue, change.assignees);
    if (change.state && change.state !== issue.state)
      this.#setState(actor, repo, issue, change.state, change.stateReason ?? null);
    return undefined;
  }

  setLocked(
    actor: Signed,
    repo: Repo,
    issue: Issue,
    locked: boolean,
    reason: string | null,
  ): Failure | undefined {
    const no = this.#state.repos.refuse(actor, repo, issue.pull ? 'pull.lock' : 'issue.lock');
    if (no) return no;
    if (issue.locked === locked) return undefined;
    issue.locked = locked;
    issue.lockReason = locked ? reason : null;
    this.note(issue, actor, { event: locked ? 'locked' : 'unlocked' });
    this.emit(locked ? 'locked' : 'unlocked', repo, issue, actor);
    return undefined;
  }

  addLabels(actor: Signed, repo: Repo, issue: Issue, names: readonly string[]): Failure | undefined {
    const no = this.#state.repos.refuse(actor, repo, this.#manage(issue));
    if (no) return no;
    this.#addLabels(actor, repo, issue, names);
    return undefined;
  }

  removeLabel(actor: Signed, repo: Repo, issue: Issue, name: string): Failure | undefined {
    const no = this.#state.repos.refuse(actor, repo, this.#manage(issue));
    if (no) return no;
    const key = name.toLowerCase();
    if (!issue.labels.includes(key)) return fail(404, 'Label does not exist');
    issue.labels = issue.labels.filter((held) => held !== key);
    this.#labelEvent('unlabeled', actor, repo, issue, key);
    return undefined;
  }

  setLabels(actor: Signed, repo: Repo, issue: Issue, names: readonly string[]): Failure | undefined {
    const no = this.#state.repos.refuse(actor, repo, this.#manage(issue));
    if (no) return no;
    const wanted = names.map((name) => name.toLowerCase());
    for (const key of issue.labels.filter((held) => !wanted.includes(held))) {
      issue.labels = issue.labels.filter((held) => held !== key);
      this.#labelEvent('unlabeled', actor, repo, issue, key);
    }
    this.#addLabels(actor, repo, issue, names);
    return undefined;
  }

  createLabel(
    actor: Signed,
    repo: Repo,
    name: string,
    color: string | undefined,
    description: string | null,
  ): Label | Failure {
    const no = this.#state.repos.refuse(actor, repo, 'labels.write');
    if (no) return no;
    if (!name.trim() || name.length > 50)
      return invalid({ resource: 'Label', field: 'name', code: name.trim() ? 'invalid' : 'missing' });
    if (color !== undefined && !/^[0-9a-f]{6}$/i.test(color))
      return invalid({ resource: 'Label', field: 'color', code: 'invalid' });
    if (repo.labels.has(name.toLowerCase()))
      return invalid({ resource: 'Label', field: 'name', code: 'already_exists' });
    return this.label(repo, name, color, description);
  }

  /** The label, made when it is not there. */
  label(repo: Repo, name: string, color = 'ededed', description: string | null = null): Label {
    const key = name.toLowerCase();
    const known = repo.labels.get(key);
    if (known) return known;
    const label: Label = { id: this.#state.nextId(), name, color, description };
    repo.labels.set(key, label);
    this.#state.touch();
    return label;
  }

  deleteLabel(actor: Signed, repo: Repo, name: string): Failure | undefined {
    const no = this.#state.repos.refuse(actor, repo, 'labels.write');
    if (no) return no;
    const key = name.toLowerCase();
    if (!repo.labels.delete(key)) return notFound();
    for (const issue of repo.issues.values()) issue.labels = issue.labels.filter((held) => held !== key);
    this.#state.touch();
    return undefined;
  }

  emit(action: string, repo: Repo, issue: Issue, actor: Actor, extra: Record<string, unknown> = {}): void {
    const user = actor.kind === 'person' || actor.kind === 'installation' ? actor.user : null;
    issue.updatedAt = this.#state.clock.now();
    this.#state.touch();
    const { present } = this.#state;
    if (issue.pull) return this.#state.pulls.emit(action, repo, issue, user, extra);
    this.#state.hooks.emit({
      event: 'issues',
      action,
      account: repo.owner,
      repo,
      sender: user,
      extra: { issue: present.issue(repo, issue), ...extra },
    });
  }

  note(issue: Issue, actor: Signed, item: Omit<TimelineItem, 'id' | 'actor' | 'app' | 'at'>): void {
    issue.timeline.push({
      id: this.#state.nextId(),
      actor: actor.user.id,
      app: appBehind(actor),
      at: this.#state.clock.now(),
      ...item,
    });
  }

  #manage(issue: Issue): Deed {
    return issue.pull ? 'pull.manage' : 'issue.manage';
  }

  /** Authors may change the words of their issue and close it; everything else wants triage. */
  #mayEdit(actor: Signed, repo: Repo, issue: Issue, change: IssueChange): Failure | undefined {
    const no = this.#state.repos.refuse(actor, repo, this.#manage(issue));
    if (!no || no.status !== 403 || actor.kind !== 'person' || issue.user !== actor.user.id) return no;
    const reopensForeign =
      change.state === 'open' && issue.closedBy !== null && issue.closedBy !== actor.user.id;
    if (change.labels || change.assignees || reopensForeign) return no;
    // What the person may by being the author, an App acting for them may only with its permission.
    return this.#state.repos.refuse(actor, repo, issue.pull ? 'pull.comment' : 'issue.comment');
  }

  #setState(
    actor: Signed,
    repo: Repo,
    issue: Issue,
    state: 'open' | 'closed',
    reason: Issue['stateReason'],
  ): void {
    const closed = state === 'closed';
    issue.state = state;
    issue.stateReason = closed ? (reason ?? 'completed') : 'reopened';
    issue.closedAt = closed ? this.#state.clock.now() : null;
    issue.closedBy = closed ? actor.user.id : null;
    this.note(issue, actor, { event: closed ? 'closed' : 'reopened' });
    this.emit(closed ? 'closed' : 'reopened', repo, issue, actor);
  }

  #addLabels(actor: Signed, repo: Repo, issue: Issue, names: readonly string[]): void {
    for (const name of names) {
      const key = name.toLowerCase();
      // A label that is there already is no event.
      if (issue.labels.includes(key)) continue;
      this.label(repo, name);
      issue.labels.push(key);
      this.#labelEvent('labeled', actor, repo, issue, key);
    }
  }

  #labelEvent(event: 'labeled' | 'unlabeled', actor: Signed, repo: Repo, issue: Issue, key: string): void {
    const label = repo.labels.get(key);
    this.note(issue, actor, { event, label: label?.name ?? key });
    this.emit(event, repo, issue, actor, label ? { label: this.#state.present.label(repo, label) } : {});
  }
}

export function textFaults(
  resource: string,
  given: { title?: string; body?: string | null },
): Failure | undefined {
  if (given.title !== undefined && !given.title.trim())
    return invalid({ resource, field: 'title', code: 'missing_field' });
  if (given.title !== undefined && longerThan(given.title, MOST_TITLE)) {
    return invalid({
      resource,
      field: 'title',
      code: 'custom',
      message: `title is too long (maximum is ${MOST_TITLE} characters)`,
    });
  }
  if (given.body && longerThan(given.body, MOST_BODY)) {
    return invalid({
      resource,
      field: 'body',
      code: 'custom',
      message: `body is too long (maximum is ${MOST_BODY} characters)`,
    });
  }
  return undefined;
}
