/**
 * Makes one thing on GitHub look as state says: a check run, a comment, a reaction.
 *
 * Before something is created its row in `github_objects` says so; a row without an id means that an
 * attempt died between the two, and only then is GitHub asked whether the thing exists already.
 */
import { eq } from 'drizzle-orm';
import { githubObjects } from '../db/schema/github.ts';
import { canonicalJson } from '../lib/canonical.ts';
import { sha256 } from '../lib/hash.ts';
import { mustHold } from '../lib/lease.ts';
import { spend, type Write } from './budget.ts';
import { toAnnotations, toState, type CheckContent } from './checks/content.ts';
import { Later } from './outbox.ts';
import { ANNOTATIONS_PER_CALL, type Reaction, type RepoClient } from './repo.ts';
import type { Room } from './room.ts';
import { statusOf } from './trouble.ts';

type Kept = typeof githubObjects.$inferSelect;

/** One projection at work: the repository's client, and the budget that every write is taken from. */
export class Show {
  readonly room: Room;
  readonly client: RepoClient;
  /** Write even what is believed to be there already: people may have changed it. */
  readonly force: boolean;

  constructor(room: Room, client: RepoClient, force: boolean) {
    this.room = room;
    this.client = client;
    this.force = force;
  }

  async check(check: {
    key: string;
    name: string;
    sha: string;
    externalId: string;
    content: CheckContent;
    detailsUrl?: string;
  }): Promise<void> {
    const { client } = this;
    const state = toState(check.content, check.detailsUrl);
    const annotations = toAnnotations(check.content);
    const shown = sha256(canonicalJson({ state, annotations }));
    const kept = await this.kept(check.key, 'check');
    const done = check.content.status === 'completed';
    if (kept?.githubId && kept.shown === shown && !this.force) return;
    if (kept?.githubId && !done) this.#notTooOften(kept);
    const found =
      kept && !kept.githubId ? await client.findCheck(check.sha, check.name, check.externalId) : undefined;
    let id = kept?.githubId ?? found?.id;
    let sent = found?.annotations ?? annotationsSent(kept);
    const first = annotations.slice(sent, sent + ANNOTATIONS_PER_CALL);
    if (id) {
      const known = id;
      const there = await this.#unlessGone(() =>
        this.write('update', () => client.updateCheck(known, state, first)),
      );
      if (!there) {
        await this.forget(check.key);
        return this.check(check);
      }
    } else {
      await this.intend(check.key, 'check');
      id = await this.write('create', () =>
        client.createCheck(check.name, check.sha, check.externalId, state, first),
      );
    }
    sent += first.length;
    await this.made(check.key, id, sent < annotations.length ? null : shown, { annotations: sent });
    while (sent < annotations.length) {
      const run = id;
      const next = annotations.slice(sent, sent + ANNOTATIONS_PER_CALL);
      await this.write('update', () => client.updateCheck(run, state, next));
      sent += next.length;
      await this.made(check.key, id, sent < annotations.length ? null : shown, { annotations: sent });
    }
  }

  /** A comment that is edited in place. `mark` is its first line. */
  async comment(comment: {
    key: string;
    issue: number;
    mark: string;
    body: string;
    final: boolean;
  }): Promise<void> {
    const { client } = this;
    const shown = sha256(comment.body);
    const kept = await this.kept(comment.key, 'comment');
    if (kept?.githubId && kept.shown === shown && !this.force) return;
    if (kept?.githubId && !comment.final) this.#notTooOften(kept);
    const found = kept && !kept.githubId ? await client.findComment(comment.issue, comment.mark) : undefined;
    let id = kept?.githubId ?? found?.id;
    if (id) {
      const known = id;
      const there = await this.#unlessGone(() =>
        this.write('update', () => client.updateComment(known, comment.body)),
      );
      if (!there) {
        await this.forget(comment.key);
        return this.comment(comment);
      }
    } else {
      await this.intend(comment.key, 'comment');
      id = await this.write('create', () => client.createComment(comment.issue, comment.body));
    }
    await this.made(comment.key, id, shown, null);
  }

  /** A comment on a commit is written once: the App may not change it afterwards, only write it again when it is gone. */
  async commitComment(comment: { key: string; sha: string; mark: string; body: string }): Promise<void> {
    const { client } = this;
    const kept = await this.kept(comment.key, 'commit-comment');
    if (kept?.githubId && !this.force) return;
    const found = kept ? await client.findCommitComment(comment.sha, comment.mark) : undefined;
    if (!kept) await this.intend(comment.key, 'commit-comment');
    const id =
      found?.id ?? (await this.write('create', () => client.createCommitComment(comment.sha, comment.body)));
    await this.made(comment.key, id, null, null);
  }

  /** Exactly these reactions of ours stand under the comment, or under the issue's own text. */
  async reactions(
    on: { comment: number } | { issue: number },
    wanted: readonly ('eyes' | 'rocket' | 'confused')[],
  ): Promise<void> {
    const { client } = this;
    const id = 'comment' in on ? on.comment : on.issue;
    const key = `reactions:${client.repo.id}:${'comment' in on ? '' : 'issue:'}${id}`;
    const react = (each: Reaction) =>
      'comment' in on ? client.react(id, each) : client.reactToIssue(id, each);
    const kept = await this.kept(key, 'reactions');
    const shown = wanted.join(',');
    if (kept?.shown === shown && !this.force) return;
    let there = (kept?.shown ?? '').split(',').filter(Boolean);
    await this.intend(key, 'reactions');
    // Kept after each write: a budget of one write at a time must still come to the end.
    for (const each of wanted) {
      if (there.includes(each) && !this.force) continue;
      await this.write('create', () => react(each));
      there = [...there.filter((other) => other !== each), each];
      await this.made(key, id, there.join(','), null);
    }
    if (there.includes('eyes') && !wanted.includes('eyes')) {
      await this.write('update', () =>
        'comment' in on ? client.unreact(id, 'eyes') : client.unreactToIssue(id, 'eyes'),
      );
    }
    await this.made(key, id, shown, null);
  }

  /** One write, taken from the budget; throws `Later` when it is spent. */
  async write<Answer>(write: Write, call: () => Promise<Answer>): Promise<Answer> {
    const { db, limits, clock } = this.room;
    const waitMs = await spend(db, this.client.repo.installation, limits, write, clock.now());
    if (waitMs > 0) throw new Later(waitMs);
    // After a pause of this process the subject may be with another hub, which has written this already.
    mustHold();
    return call();
  }

  #notTooOften(kept: Kept): void {
    const left = kept.updatedAt + this.room.limits.updateGapMs - this.room.clock.now();
    if (left > 0 && !this.force) throw new Later(left);
  }

  async #unlessGone(call: () => Promise<void>): Promise<boolean> {
    try {
      await call();
      return true;
    } catch (error) {
      if (statusOf(error) === 404) return false;
      throw error;
    }
  }

  async kept(key: string, kind: string): Promise<Kept | undefined> {
    const [row] = await this.room.db.select().from(githubObjects).where(eq(githubObjects.key, key));
    return row?.kind === kind ? row : undefined;
  }

  async intend(key: string, kind: string): Promise<void> {
    await this.room.db
      .insert(githubObjects)
      .values({ key, kind, repositoryId: this.client.repo.id, updatedAt: this.room.clock.now() })
      .onConflictDoNothing();
  }

  async made(
    key: string,
    githubId: number,
    shown: string | null,
    data: { annotations: number } | null,
  ): Promise<void> {
    await this.room.db
      .update(githubObjects)
      .set({ githubId, shown, data, updatedAt: this.room.clock.now() })
      .where(eq(githubObjects.key, key));
  }

  /** The row stays away until the thing is intended again: it is known not to exist. */
  async forget(key: string): Promise<void> {
    await this.room.db.delete(githubObjects).where(eq(githubObjects.key, key));
  }
}

function annotationsSent(kept: Kept | undefined): number {
  const data = kept?.data as { annotations?: number } | null | undefined;
  return data?.annotations ?? 0;
}
