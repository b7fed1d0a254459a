/** Issues, labels and people of one repository on GitHub: a part of `RepoClient`. */
import type { Octokit } from './app.ts';
import type { RepoRef } from './repo.ts';
import { orMissing, statusOf } from './trouble.ts';

export interface SeenIssue {
  id: number;
  number: number;
  title: string;
  body: string;
  open: boolean;
  labels: string[];
  assignees: { id: number; login: string }[];
}

/** gone: deleted, transferred or never there · off: the repository has no issues. */
export type LostIssue = 'gone' | 'off';

export interface Label {
  name: string;
  color: string;
  description: string;
}

export interface IssueWords {
  title: string;
  body: string;
  labels: string[];
}

export interface LabelEvent {
  what: 'labeled' | 'unlabeled';
  label: string;
  by: number | undefined;
  byUs: boolean;
  /** By GitHub's clock, in whole seconds. */
  at: number;
}

export function issueCalls(octokit: Octokit, repo: RepoRef, bot: string) {
  const at = { owner: repo.owner, repo: repo.name };
  const { rest } = octokit;
  return {
    /** A transferred issue answers from elsewhere, under another id: `id` is the one it was made with. */
    async issue(number: number, id: number): Promise<SeenIssue | LostIssue> {
      try {
        const { data } = await rest.issues.get({ ...at, issue_number: number });
        return data.id === id ? seen(data) : 'gone';
      } catch (error) {
        return lost(error);
      }
    },

    /** Our own issue whose body begins with the mark, newest first: asked only after an interrupted creation. */
    async ownIssue(mark: string): Promise<SeenIssue | undefined> {
      const pages = octokit.paginate.iterator(rest.issues.listForRepo, {
        ...at,
        creator: bot,
        state: 'all',
        per_page: 100,
      });
      for await (const { data } of pages) {
        const ours = data.find((each) => each.user?.login === bot && each.body?.startsWith(mark));
        if (ours) return seen(ours);
      }
      return undefined;
    },

    async createIssue(words: IssueWords): Promise<{ id: number; number: number } | 'off'> {
      try {
        const { data } = await rest.issues.create({ ...at, ...words });
        return { id: data.id, number: data.number };
      } catch (error) {
        if (lost(error) === 'off') return 'off';
        throw error;
      }
    },

    async updateIssue(
      number: number,
      change: Partial<IssueWords> & { state?: 'open' | 'closed'; state_reason?: 'completed' | 'not_planned' },
    ): Promise<void> {
      await rest.issues.update({ ...at, issue_number: number, ...change });
    },

    /** Whoever cannot be assigned is left out without a word; the answer is who is assigned now. */
    async assign(number: number, logins: string[]): Promise<number[]> {
      const { data } = await rest.issues.addAssignees({ ...at, issue_number: number, assignees: logins });
      return (data.assignees ?? []).map((each) => each.id);
    },
    async unassign(number: number, logins: string[]): Promise<void> {
      await rest.issues.removeAssignees({ ...at, issue_number: number, assignees: logins });
    },

    /** A label that is not on the issue is taken off already. */
    async removeLabel(number: number, name: string): Promise<void> {
      await orMissing(rest.issues.removeLabel({ ...at, issue_number: number, name }), [404, 410]);
    },
    async labels(): Promise<string[]> {
      const all = await octokit.paginate(rest.issues.listLabelsForRepo, { ...at, per_page: 100 });
      return all.map((each) => each.name);
    },
    async wholeLabels(): Promise<Label[]> {
      const all = await octokit.paginate(rest.issues.listLabelsForRepo, { ...at, per_page: 100 });
      return all.map(({ name, color, description }) => ({ name, color, description: description ?? '' }));
    },
    /** As we make it. One that went meanwhile is made by the next look. */
    async updateLabel({ name, color, description }: Label): Promise<void> {
      await orMissing(rest.issues.updateLabel({ ...at, name, color, description }));
    },
    async createLabel(label: Label): Promise<void> {
      // 422: somebody else made it meanwhile.
      await orMissing(rest.issues.createLabel({ ...at, ...label }), [422]);
    },
    /** Who put labels on and took them off, oldest first. */
    async labelEvents(number: number): Promise<LabelEvent[]> {
      const all = await octokit.paginate(rest.issues.listEvents, {
        ...at,
        issue_number: number,
        per_page: 100,
      });
      return all.flatMap((each) => {
        if (each.event !== 'labeled' && each.event !== 'unlabeled') return [];
        const { label } = each as { label?: { name?: string } };
        const by = each.actor as { id: number; login: string } | null;
        const at = Date.parse((each as { created_at: string }).created_at);
        return [{ what: each.event, label: label?.name ?? '', by: by?.id, byUs: by?.login === bot, at }];
      });
    },

    async reactToIssue(number: number, content: 'eyes' | 'rocket' | 'confused'): Promise<void> {
      await rest.reactions.createForIssue({ ...at, issue_number: number, content });
    },
    async unreactToIssue(number: number, content: 'eyes' | 'rocket' | 'confused'): Promise<void> {
      const all = await octokit.paginate(rest.reactions.listForIssue, {
        ...at,
        issue_number: number,
        content,
        per_page: 100,
      });
      for (const ours of all.filter((each) => each.user?.login === bot)) {
        await rest.reactions.deleteForIssue({ ...at, issue_number: number, reaction_id: ours.id });
      }
    },

    /** Who is called so now. */
    async personNamed(login: string): Promise<{ id: number; login: string; bot: boolean } | undefined> {
      const found = await orMissing(octokit.rest.users.getByUsername({ username: login }));
      return found && { id: found.data.id, login: found.data.login, bot: found.data.type !== 'User' };
    },
    /** What the account with this id is called now. */
    async loginOf(person: number): Promise<string | undefined> {
      const found = await orMissing(octokit.request('GET /user/{account_id}', { account_id: person }));
      return found && (found.data as { login: string }).login;
    },
    /** Whether the person may label and be assigned here; the login must still be theirs. */
    async mayTriage(person: { id: number; login: string }): Promise<boolean> {
      const found = await orMissing(
        rest.repos.getCollaboratorPermissionLevel({ ...at, username: person.login }),
      );
      if (found?.data.user?.id !== person.id) return false;
      return ['admin', 'maintain', 'write', 'triage'].includes(found.data.role_name);
    },
  };
}

function seen(issue: {
  id: number;
  number: number;
  title: string;
  body?: string | null;
  state: string;
  labels: (string | { name?: string })[];
  assignees?: { id: number; login: string }[] | null;
}): SeenIssue {
  return {
    id: issue.id,
    number: issue.number,
    title: issue.title,
    body: issue.body ?? '',
    open: issue.state === 'open',
    labels: issue.labels.map((each) => (typeof each === 'string' ? each : (each.name ?? ''))),
    assignees: (issue.assignees ?? []).map(({ id, login }) => ({ id, login })),
  };
}

/** Throws what is no loss. */
function lost(error: unknown): LostIssue {
  const status = statusOf(error);
  const says = error instanceof Error ? error.message : '';
  if (status === 410 && /issues (are|has been) disabled/i.test(says)) return 'off';
  if (status === 404 || status === 410 || status === 301) return 'gone';
  throw error;
}
