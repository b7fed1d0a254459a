/**
 * A project with its people, one request, and the facts of the moment: stories are told to it command by
 * command. Every entry is applied twice, by the story and by folding the whole log, and must agree.
 */
import { expect } from '@jest/globals';
import { isRefusal, type Refusal } from '../../src/lib/refusal.ts';
import {
  decide,
  DEFAULT_POLICY,
  fold,
  obstacles,
  outputsAtStake,
  restored,
  type Actor,
  type Command,
  type CommandOf,
  type CommandType,
  type Entry,
  type Facts,
  type GivenGrade,
  type PersonFacts,
  type ReleasePolicy,
  type ReleaseRequest,
  type Role,
  type Session,
  type State,
  type View,
} from '../../src/release/release.ts';
import { apply } from '../../src/release/apply.ts';

export const P = {
  author: 1,
  coAuthor: 2,
  lead: 3,
  member: 4,
  copilot: 5,
  collaborator: 6,
  checkerA: 11,
  checkerB: 12,
  checkerC: 13,
  checkerD: 14,
  operator1: 21,
  operator2: 22,
  owner: 31,
  stranger: 99,
} as const;
export type Name = keyof typeof P;

export const AT = Date.parse('2027-03-01T09:00:00Z');
export const AIRLOCK: Actor = { kind: 'airlock' };

function person(id: number, roles: Role[], orgs = ['riverside']): [number, PersonFacts] {
  return [id, { id, roles, orgs }];
}

export const PEOPLE: Record<number, PersonFacts> = Object.fromEntries([
  person(P.author, ['member']),
  person(P.coAuthor, ['member']),
  person(P.lead, ['lead', 'member']),
  person(P.member, ['member']),
  person(P.copilot, ['copilot']),
  person(P.collaborator, ['collaborator']),
  person(P.checkerA, ['checker'], ['north']),
  person(P.checkerB, ['checker'], ['south']),
  person(P.checkerC, ['checker'], ['east']),
  person(P.checkerD, ['checker'], ['north', 'east']),
  person(P.operator1, ['operator', 'viewer']),
  person(P.operator2, ['operator', 'viewer']),
  person(P.owner, ['data-owner', 'auditor']),
]);

export function aHash(text: string): string {
  return [...text]
    .reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7)
    .toString(16)
    .padStart(64, '0');
}

export function aSession(id: number, more: Partial<Session> = {}): Session {
  return { id: `session-${id}`, person: id, strength: 'code', signedInAt: AT, ...more };
}

export function inViewer(who: Name, more: Partial<Session> = {}): Actor {
  return { kind: 'person', id: P[who], session: aSession(P[who], more) };
}

export function onGitHub(who: Name): Actor {
  return { kind: 'person', id: P[who] };
}

export function aView(who: number, sha256: string, more: Partial<View> = {}): View {
  return {
    at: AT,
    sha256,
    size: 10,
    session: aSession(who),
    method: 'GET',
    purpose: 'page',
    range: false,
    sent: 10,
    shown: true,
    ...more,
  };
}

type Rests = { [T in CommandType]: Omit<CommandOf<T>, 'type' | 'by'> };
type Rest<T extends CommandType> = Rests[T];
type Loose = { type: CommandType; by: Actor };

export class Story {
  request: ReleaseRequest | undefined;
  readonly entries: Entry[] = [];
  facts: Facts = {
    at: AT,
    projectOngoing: true,
    workspaceArchived: false,
    frozen: false,
    people: PEOPLE,
    deeds: [],
    activeRequest: null,
    files: {},
    released: [],
    revoked: [],
    hints: [],
    unchecked: [],
    views: [],
  };
  policy: ReleasePolicy;

  constructor(policy: Partial<ReleasePolicy> = {}) {
    this.policy = { ...DEFAULT_POLICY, ...policy };
  }

  /** The request, which every story but the first line of it has. */
  get now(): ReleaseRequest {
    if (!this.request) throw new Error('the story has not begun');
    return this.request;
  }

  get state(): State {
    return this.now.state;
  }

  /** The refusal, or undefined when it happened. */
  ask<T extends CommandType>(by: Actor | Name, type: T, rest: Rest<T>): Refusal | undefined {
    const actor = typeof by === 'string' ? inViewer(by) : by;
    const loose: Loose = { ...(rest as object), type, by: actor };
    const command = loose as Command;
    this.facts = { ...this.facts, at: this.facts.at + 1000 };
    const against = obstacles(this.request, command, this.facts, this.policy);
    const answer = decide(this.request, command, this.facts, this.policy);
    if (isRefusal(answer)) {
      expect(against[0]).toEqual(answer);
      return answer;
    }
    expect(against).toEqual([]);
    for (const entry of answer.events) {
      this.request = apply(this.request, entry);
      this.entries.push(entry);
    }
    return undefined;
  }

  /** It happens, or the story is wrong. */
  does<T extends CommandType>(by: Actor | Name, type: T, rest: Rest<T>): this {
    const no = this.ask(by, type, rest);
    if (no) throw new Error(`${type}: ${no.code} ${no.says}`);
    return this;
  }

  code<T extends CommandType>(by: Actor | Name, type: T, rest: Rest<T>): string {
    return this.ask(by, type, rest)?.code ?? 'it happened';
  }

  with(facts: Partial<Facts>): this {
    this.facts = { ...this.facts, ...facts };
    return this;
  }

  later(ms: number): this {
    return this.with({ at: this.facts.at + ms });
  }

  /** A file as a job wrote it; written again, it has other bytes. */
  writes(path: string, text = path): this {
    const looksLike = path.endsWith('.png') ? 'png' : 'text';
    return this.with({
      files: { ...this.facts.files, [path]: { sha256: aHash(text), size: 10, looksLike } },
    });
  }

  copyOf(path: string): { path: string; source: string; sha256: string; size: number } {
    const hash = this.facts.files[path]?.sha256 ?? aHash(path);
    return { path, source: hash, sha256: hash, size: 10 };
  }

  adds(path: string, group = 'tables', as: 'output' | 'supporting' = 'output', by: Name = 'author'): this {
    if (!this.facts.files[path]) this.writes(path);
    return this.does(by, 'add-file', { ...this.copyOf(path), group, as });
  }

  explains(group = 'tables', context = 'All pupils of 2026, n = 4200.', by: Name = 'author'): this {
    const controls = { threshold: 7, base: 5, method: 'rounding', text: '' };
    return this.does(by, 'explain', { group, context, controls });
  }

  /** The viewer shows these checkers every file as it is. */
  opens(...checkers: Name[]): this {
    for (const who of checkers) this.opensBy(who, 'code');
    return this;
  }

  /** In a session that was opened so. */
  opensBy(who: Name, strength: Session['strength']): this {
    const session = aSession(P[who], { strength });
    const views = this.now.files.map(({ sha256 }) => aView(P[who], sha256, { session }));
    return this.with({ views: [...this.facts.views, ...views] });
  }

  /** The zone is restored from a backup that was made just now; looks are not in it. */
  restored(epoch: number, taken = false): this {
    const { request, entries } = restored(this.now, { epoch, asOf: this.facts.at }, this.facts.at, taken);
    this.request = request;
    this.entries.push(...entries);
    return this.with({ views: [] });
  }

  /** By zone.yml, from now on. */
  trusts(trust: ReleasePolicy['trust']): this {
    this.policy = { ...this.policy, trust };
    return this;
  }

  grades(who: Name, grade: GivenGrade, ...paths: string[]): this {
    const all = paths.length > 0 ? paths : outputsAtStake(this.now).map(({ path }) => path);
    for (const path of all) this.does(who, 'grade', { path, grade });
    return this;
  }

  says(
    who: Name,
    group = 'tables',
    visibility: 'public' | 'private' = 'public',
    id = `c${this.now.seq}`,
  ): this {
    return this.does(who, 'comment', { id, group, text: 'Please round these.', visibility });
  }

  signs(who: Name, verdict: 'submit' | GivenGrade = 'submit'): this {
    return this.does(onGitHub(who), 'sign', { verdict });
  }

  /** Opens, grades everything so, says why if it is not approval, and signs. */
  reviews(who: Name, grade: GivenGrade): this {
    this.opens(who).grades(who, grade);
    if (grade !== 'approve') for (const { name } of this.now.groups) this.says(who, name);
    return this.signs(who);
  }

  uploads(batch = 1): this {
    const { files } = this.now.batches.find(({ number }) => number === batch)!;
    const hashes = Object.fromEntries(files.map(({ path, sha256 }) => [path, sha256]));
    this.does(AIRLOCK, 'start-upload', { batch, hashes });
    for (const { path, sha256 } of files) this.does(AIRLOCK, 'confirm-upload', { batch, path, sha256 });
    return this;
  }

  decided(path: string): string | undefined {
    return this.now.files.find((file) => file.path === path)?.decided?.decision;
  }

  gradesOf(who: Name): string[] {
    return this.now.grades
      .filter(({ checker }) => checker === P[who])
      .map(({ path, grade, carried, signed }) =>
        [path, grade, carried && 'carried', signed && 'signed'].filter(Boolean).join(' '),
      );
  }

  /** What the log says happened since some entry, in short. */
  types(from = 0): string[] {
    return this.entries.slice(from).map(({ type }) => type);
  }

  agrees(): this {
    expect(fold(this.entries)).toEqual(this.request);
    expect(this.entries.map(({ seq }) => seq)).toEqual(this.entries.map((_, index) => index + 1));
    return this;
  }
}

/** Two outputs in one group, a supporting file in another, explained, policy accepted. */
export function aDraft(policy: Partial<ReleasePolicy> = {}): Story {
  return new Story(policy)
    .does('author', 'create', { id: 'request-1', workspace: 'study-main', project: 'ns-1', author: P.author })
    .adds('a.csv')
    .adds('b.csv')
    .adds('notes.txt', 'background', 'supporting')
    .explains('tables')
    .explains('background')
    .does('author', 'accept-policy', { version: '1' });
}

/** A request in this state, told the shortest way. */
export function aRequest(state: State, policy: Partial<ReleasePolicy> = {}): Story {
  const story = aDraft(policy);
  if (state === 'draft') return story;
  if (state === 'withdrawn') return story.does('author', 'withdraw', {});
  story
    .does('author', 'submit', {})
    .does(AIRLOCK, 'assign', { checker: P.checkerA })
    .does(AIRLOCK, 'assign', { checker: P.checkerB })
    .opens('checkerA', 'checkerB');
  if (state === 'submitted') return story;
  if (state === 'reviewing') return story.reviews('checkerA', 'approve');
  if (['consolidating', 'returned', 'rejected'].includes(state)) {
    story.reviews('checkerA', 'changes').reviews('checkerB', 'changes');
    if (state === 'returned') return story.does('checkerA', 'return', {});
    return state === 'rejected' ? story.does('checkerA', 'close-request', { category: 'unsafe' }) : story;
  }
  story.reviews('checkerA', 'approve').reviews('checkerB', 'approve');
  if (state === 'approved') return story;
  if (state === 'releasing') {
    const hashes = { 'a.csv': aHash('a.csv'), 'b.csv': aHash('b.csv') };
    return story.does(AIRLOCK, 'start-upload', { batch: 1, hashes });
  }
  story.uploads();
  if (state === 'released') return story;
  for (const file of [1, 2]) {
    story.does('checkerA', 'revoke', { file, category: 'disclosure' });
    story.does('owner', 'revoke', { file, category: 'disclosure' });
  }
  return story;
}
