import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deedsFrom } from '../../agent/airlock/deeds/deeds.ts';
import type { DeedsOf, FileOrigin } from '../../agent/airlock/face.ts';
import { Mirrors } from '../../agent/store/mirror.ts';
import type { Governance } from '../../src/governance/governance.ts';
import { fixedClock } from '../../src/lib/clock.ts';
import { gitFetch, GitFailed } from '../../src/lib/git.ts';
import { aGovernance, edited, PEOPLE, REPOSITORY } from '../support/governance.ts';
import { gitUpstream, type GitUpstream } from '../support/git-upstream.ts';

const ROWAN = 'rowan@example.edu';
const NOW = '2026-10-01T12:00:00Z';
const LONG = process.env['SALLYPORT_TEST_SEEDS'] === 'many' ? 100_000 : 10_000;

interface Wrote {
  author?: string;
  committer?: string;
  message?: string;
  /** When it says it was made. */
  at?: string;
  parents?: string[];
}

let upstream: GitUpstream;
let dir: string;
let count = 0;
let repository: string;
let fetches: number;
let governance: Governance | undefined;
let deeds: DeedsOf;

/** `git init`, once: what a repository is before its first commit. */
let empty: string;
let emptyTree: string;

beforeAll(async () => {
  upstream = await gitUpstream();
  empty = join(upstream.root, 'empty.git');
  git('init', '-q', '--bare', '-b', 'main', empty);
  emptyTree = git('-C', empty, 'hash-object', '-t', 'tree', '-w', '/dev/null');
});
afterAll(() => upstream.close());
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sallyport-deeds-'));
  repository = `northshire-research/study-${++count}`;
  cpSync(empty, bare(), { recursive: true });
  governance = aGovernance();
  fetches = 0;
  deeds = started();
});
afterEach(() => {
  upstream.intercept = undefined;
  rmSync(dir, { recursive: true, force: true });
});

const bare = (): string => join(upstream.root, `${repository}.git`);
const git = (...args: string[]): string => gitWith({}, ...args);
function gitWith(env: Record<string, string>, ...args: string[]): string {
  const closed = { PATH: process.env['PATH'], GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' };
  return execFileSync('git', args, { encoding: 'utf8', env: { ...closed, ...env } }).trim();
}

/** An airlock that has just been started: its mirrors are on disk, its memory is empty. */
function started(maxCommits?: number): DeedsOf {
  const mirrors = new Mirrors(
    join(dir, 'mirrors'),
    async ({ dir: into, owner, name, refspecs, signal }) => {
      fetches += 1;
      await gitFetch({ dir: into, url: `${upstream.origin}/${owner}/${name}`, refspecs, signal });
    },
    fixedClock(NOW),
  );
  return deedsFrom({ mirrors, governance: () => governance, ...(maxCommits ? { maxCommits } : {}) });
}

/** A commit on what `main` is, or on these parents; `main` moves to it. */
function commit({
  author = ROWAN,
  committer = author,
  message = 'work',
  at = NOW,
  parents,
}: Wrote = {}): string {
  const head = parents ?? tryHead();
  const sha = gitWith(
    {
      GIT_AUTHOR_NAME: 'A',
      GIT_AUTHOR_EMAIL: author,
      GIT_AUTHOR_DATE: at,
      GIT_COMMITTER_NAME: 'C',
      GIT_COMMITTER_EMAIL: committer,
      GIT_COMMITTER_DATE: at,
    },
    ...['-C', bare(), 'commit-tree', emptyTree, '-m', message, ...head.flatMap((parent) => ['-p', parent])],
  );
  writeFileSync(branch(), `${sha}\n`);
  return sha;
}

/** Where git keeps a branch that nobody packed. */
const branch = (): string => join(bare(), 'refs/heads/main');

function tryHead(): string[] {
  return existsSync(branch()) ? [readFileSync(branch(), 'utf8').trim()] : [];
}

const origin = (sha: string, more: Partial<FileOrigin> = {}): FileOrigin => ({
  path: 'output/counts.csv',
  sha256: 'a'.repeat(64),
  job: 'aaaaaaaaaaaaaaaa',
  jobRequest: 'bbbbbbbbbbbbbbbb',
  action: 'count',
  user: PEOPLE.collaborator,
  repo: `https://github.com/${repository}`,
  repository: REPOSITORY,
  branch: 'main',
  commit: sha,
  ...more,
});

/** As people would say it: who ran it, who wrote it, what is unknown. */
async function told(...files: FileOrigin[]): Promise<string[]> {
  const found = await deeds(files);
  return found.map((deed) => `${deed.deed} ${deed.known ? deed.person : `? ${deed.named}`}`).sort();
}
const wrote = async (sha: string): Promise<string[]> =>
  (await told(origin(sha))).filter((line) => line.startsWith('committed')).map((line) => line.slice(10));

test('whoever asked for the job and whoever wrote the code behind it did it, each named once', async () => {
  commit();
  const head = commit({ committer: '5550120+sam-example@users.noreply.github.com' });
  const one = origin(head);
  const other = origin(head, { path: 'output/figure.svg', job: 'cccccccccccccccc' });

  expect(await told(one, other)).toEqual([
    `committed ${PEOPLE.lead}`,
    `committed ${PEOPLE.copilot}`,
    `ran-a-job ${PEOPLE.collaborator}`,
  ]);
});

test('a job that nobody is known to have asked for is an unknown deed', async () => {
  expect(await told(origin(commit(), { user: 0 }))).toContain('ran-a-job ? job aaaaaaaaaaaaaaaa');
});

describe('an address', () => {
  test.each<[string, Wrote, string[]]>([
    ['of an author', { author: ROWAN }, [`${PEOPLE.lead}`]],
    ['in any case of letters', { author: 'Rowan@Example.EDU' }, [`${PEOPLE.lead}`]],
    ['of a committer', { committer: 'x@example.edu' }, [`${PEOPLE.lead}`, '? x@example.edu']],
    [
      'of a co-author',
      { message: 'work\n\nCo-authored-by: Y <y@example.edu>' },
      [`${PEOPLE.lead}`, '? y@example.edu'],
    ],
    ['that holds the id', { author: '42+kim@users.noreply.github.com' }, ['42']],
    [
      'that holds a login only',
      { author: 'kim@users.noreply.github.com' },
      ['? kim@users.noreply.github.com'],
    ],
    ['of GitHub, which merged', { committer: 'noreply@github.com' }, [`${PEOPLE.lead}`]],
    ['of GitHub, as if it had written', { author: 'noreply@github.com' }, ['? noreply@github.com']],
  ])('%s', async (_what, written, expected) => {
    expect(await wrote(commit(written))).toEqual(expected);
  });

  test('that is empty names the commit', async () => {
    const sha = commit({ author: '', committer: ROWAN });
    expect(await wrote(sha)).toEqual([`${PEOPLE.lead}`, `? nobody named in ${sha.slice(0, 12)}`]);
  });

  test('that is unknown is settled once by governance, and by nothing else', async () => {
    const sha = commit({ author: 'x@example.edu' });
    expect(await wrote(sha)).toEqual(['? x@example.edu']);

    governance = aGovernance(
      edited({ 'people.yml': ['[rowan@example.edu]', '[rowan@example.edu, x@example.edu]'] }),
    );
    expect(await wrote(sha)).toEqual([`${PEOPLE.lead}`]);
    governance = aGovernance(
      edited({ 'policies.yml': ['closing_days: 14', 'review: {commit_emails_of_nobody: [x@example.edu]}'] }),
    );
    expect(await wrote(sha)).toEqual([]);
    expect(fetches).toBe(1);
  });

  test('of a listed bot is ignored', async () => {
    const sha = commit({ author: '700+robot[bot]@users.noreply.github.com' });
    expect(await wrote(sha)).toEqual(['700']);
    governance = aGovernance(edited({ 'policies.yml': ['closing_days: 14', 'review: {bots: [{id: 700}]}'] }));
    expect(await wrote(sha)).toEqual([]);
  });
});

describe('before the project began', () => {
  const EARLY = '2026-02-01T12:00:00Z';

  test('a commit is nobody’s deed', async () => {
    commit({ author: 'x@example.edu', at: EARLY });
    expect(await wrote(commit())).toEqual([`${PEOPLE.lead}`]);
  });

  test('one dated back, on top of the project’s work, is a deed all the same', async () => {
    commit();
    commit({ author: 'x@example.edu', at: EARLY });
    commit({ author: 'y@example.edu', at: '1970-01-01T00:00:00Z' });
    expect(await wrote(commit())).toEqual([`${PEOPLE.lead}`, '? x@example.edu', '? y@example.edu']);
  });

  test('whoever also wrote later did it', async () => {
    commit({ author: 'x@example.edu', at: EARLY });
    const head = commit({ author: 'x@example.edu' });
    expect(await wrote(head)).toEqual(['? x@example.edu']);
  });

  test('a merged side line counts from its own dates', async () => {
    const first = commit({ at: EARLY });
    const side = commit({ author: 'x@example.edu', at: EARLY, parents: [first] });
    const work = commit({ author: 'y@example.edu', parents: [first] });
    expect(await wrote(commit({ parents: [work, side] }))).toEqual([`${PEOPLE.lead}`, '? y@example.edu']);
  });

  test('in a repository that belongs to no project nothing began later', async () => {
    const sha = commit({ author: 'x@example.edu', at: EARLY });
    const file = origin(sha, { repository: 70099 });
    expect(await told(file)).toContain('committed ? x@example.edu');
  });
});

describe('reading', () => {
  test('happens once per commit, and a later commit reads what is new', async () => {
    const first = commit({ author: 'x@example.edu' });
    await wrote(first);
    await wrote(first);
    expect(fetches).toBe(1);

    const next = commit({ author: 'y@example.edu' });
    expect(await wrote(next)).toEqual(['? x@example.edu', '? y@example.edu']);
    expect(await wrote(first)).toEqual(['? x@example.edu']);
    expect(fetches).toBe(2);
  });

  test('gives the same whether the airlock ran on or was started anew', async () => {
    const first = commit({ author: 'x@example.edu', at: '2026-02-01T12:00:00Z' });
    const side = commit({ author: 's@example.edu', at: '2026-02-02T12:00:00Z', parents: [first] });
    const work = commit({ author: 'w@example.edu', parents: [first] });
    await wrote(work);
    const head = commit({ parents: [work, side] });
    const before = await wrote(head);

    deeds = started();
    expect(await wrote(head)).toEqual(before);
  });

  test('needs no network for a commit that is here', async () => {
    const sha = commit();
    await wrote(sha);
    upstream.intercept = (_request, response) => {
      response.writeHead(503).end();
      return true;
    };

    deeds = started();
    expect(await wrote(sha)).toEqual([`${PEOPLE.lead}`]);
  });

  test('without network is not possible for a new one, and that is no answer', async () => {
    upstream.intercept = (_request, response) => {
      response.writeHead(503).end();
      return true;
    };
    await expect(deeds([origin(commit())])).rejects.toThrow(GitFailed);
  });

  test('works for a commit whose branch has moved on or was rewritten', async () => {
    const sha = commit({ author: 'x@example.edu' });
    commit({ author: 'y@example.edu', parents: [] });
    expect(await wrote(sha)).toEqual(['? x@example.edu']);
  });

  test.each<[string, (sha: string) => Partial<FileOrigin>, RegExp]>([
    [
      'a commit that is gone',
      () => ({ commit: 'd'.repeat(40) }),
      /^committed \? commit dddddddddddd: .* no longer has it$/,
    ],
    [
      'a repository that is gone',
      () => ({ repo: 'https://github.com/northshire-research/none' }),
      /no longer has it$/,
    ],
    [
      'a commit that is none',
      () => ({ commit: 'main' }),
      /^committed \? the commit behind output\/counts.csv$/,
    ],
    ['a repository that is none', () => ({ repo: 'study' }), /^committed \? the commit behind/],
    ['a repository without a number', () => ({ repository: 0 }), /^committed \? the commit behind/],
  ])('%s is an unknown deed', async (_what, change, expected) => {
    const lines = await told(origin(commit(), change('')));
    expect(lines[0]).toMatch(expected);
  });

  test('a repository that the proxy denies is an unknown deed', async () => {
    upstream.intercept = (_request, response) => {
      response.writeHead(403).end();
      return true;
    };
    expect(await wrote(commit())).toEqual([expect.stringContaining('no longer has it')]);
  });

  test('without governance everybody may have written it', async () => {
    governance = undefined;
    expect(await wrote(commit())).toEqual([expect.stringContaining('no governance version is in force')]);
  });

  test('a history longer than may be read has unknown writers', async () => {
    deeds = started(2);
    commit();
    commit();
    const head = commit();
    expect(await wrote(head)).toEqual([expect.stringContaining('too long to be read')]);
  });

  test('a message that does not end has unknown writers', async () => {
    const sha = execFileSync('git', ['-C', bare(), 'hash-object', '-t', 'commit', '-w', '--stdin'], {
      encoding: 'utf8',
      input: `tree ${emptyTree}\nauthor A <${ROWAN}> 1790856000 +0000\ncommitter A <${ROWAN}> 1790856000 +0000\n\n${'word '.repeat(1_500_000)}\n`,
    }).trim();
    writeFileSync(branch(), `${sha}\n`);
    expect(await wrote(sha)).toEqual([expect.stringContaining('too long to be read')]);
  });

  // The long run takes a hundred thousand.
  test(`${LONG} commits are read, and the next one on top of them`, async () => {
    const stream = Array.from({ length: LONG }, (_each, n) => {
      const who = `A <writer-${n % 50}@example.edu> ${1_790_000_000 + n} +0000`;
      return `commit refs/heads/main\nmark :${n + 1}\nauthor ${who}\ncommitter ${who}\ndata 4\nwork\n${n > 0 ? `from :${n}\n` : ''}\n`;
    });
    execFileSync('git', ['-C', bare(), 'fast-import', '--quiet'], { input: stream.join('') });
    const long = git('-C', bare(), 'rev-parse', 'refs/heads/main');
    expect(await wrote(long)).toHaveLength(50);

    const next = commit({ author: 'last@example.edu' });
    expect(await wrote(next)).toHaveLength(51);
  });
});
