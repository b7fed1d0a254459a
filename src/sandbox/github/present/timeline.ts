/** The history of an issue: alone (`events`), and with the comments in between (`timeline`). */
import type { Issue, IssueComment, Repo, TimelineItem } from '../state/model.ts';
import { time, type Json } from './accounts.ts';
import { TalkPresenter } from './talk.ts';

export class TimelinePresenter extends TalkPresenter {
  issueEvent(repo: Repo, item: TimelineItem): Json {
    const label = item.label === undefined ? undefined : repo.labels.get(item.label.toLowerCase());
    return {
      id: item.id,
      node_id: this.nodeId('IssueEvent', item.id),
      url: `${this.apiRepo(repo)}/issues/events/${item.id}`,
      actor: this.userById(item.actor),
      event: item.event,
      commit_id: null,
      commit_url: null,
      created_at: time(item.at),
      performed_via_github_app: this.appById(item.app),
      ...(item.event === 'locked' || item.event === 'unlocked' ? { lock_reason: null } : {}),
      ...(item.label === undefined ? {} : { label: { name: item.label, color: label?.color ?? 'ededed' } }),
      ...(item.assignee === undefined
        ? {}
        : { assignee: this.userById(item.assignee), assigner: this.userById(item.actor) }),
      ...(item.event === 'renamed' ? { rename: { from: item.from, to: item.to } } : {}),
    };
  }

  /** In the order in which it happened: ids are given in that order. */
  timeline(repo: Repo, issue: Issue): Json[] {
    const events = issue.timeline.map((item) => ({ id: item.id, json: this.issueEvent(repo, item) }));
    const comments = this.state.talk
      .comments(repo, issue)
      .map((comment) => ({ id: comment.id, json: this.#commented(repo, comment) }));
    return [...events, ...comments].sort((a, b) => a.id - b.id).map((one) => one.json);
  }

  #commented(repo: Repo, comment: IssueComment): Json {
    return { ...this.comment(repo, comment), event: 'commented', actor: this.userById(comment.user) };
  }
}
