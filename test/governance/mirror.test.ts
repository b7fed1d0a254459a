import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  openGovernanceMirror,
  type GovernanceMirror,
  type MirrorOptions,
} from '../../src/governance/governance.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { refusal, Refused } from '../../src/lib/refusal.ts';
import { governanceFiles } from '../support/governance.ts';
import { gitUpstream, type GitUpstream } from '../support/git-upstream.ts';

const logger = createLogger('test', { level: 'silent' });
const GOOD = Object.fromEntries(governanceFiles());
const BROKEN = { 'people.yml': '- {id: 1, nam: x}\n' };
const ONE_FAULT = { 'policies.yml': 'closing_days: x\n' };
const OTHER = { 'policies.yml': 'closing_days: 20\n' };

let upstream: GitUpstream;
let count = 0;
let repository: string;
let dir: string;

beforeAll(async () => {
  upstream = await gitUpstream();
});
afterAll(() => upstream.close());
beforeEach(() => {
  repository = `northshire-research/governance-${++count}`;
  dir = mkdtempSync(join(tmpdir(), 'sallyport-mirror-'));
});
afterEach(() => {
  upstream.intercept = undefined;
  rmSync(dir, { recursive: true, force: true });
});

function mirror(changes: Partial<MirrorOptions> = {}): Promise<GovernanceMirror> {
  return openGovernanceMirror({
    dir,
    remote: `${upstream.origin}/${repository}`,
    branch: 'main',
    logger,
    ...changes,
  });
}

test('the first version comes into force when it descends from the pin', async () => {
  const pinned = upstream.repository(repository, GOOD);
  const head = upstream.commit(repository, OTHER);
  const governance = await mirror({ pinned });
  expect(governance.current()).toBeUndefined();

  expect(await governance.refresh()).toEqual({ changed: true });

  expect(governance.current()).toMatchObject({ commit: head, policies: { closing_days: 20 } });
  expect(await governance.refresh()).toEqual({ changed: false });
});

test('a fast-forward is taken, a broken version keeps the last good one, its repair is taken', async () => {
  const pinned = upstream.repository(repository, GOOD);
  const governance = await mirror({ pinned });
  await governance.refresh();

  const broken = upstream.commit(repository, BROKEN);
  const answer = await governance.refresh();
  expect(answer).toMatchObject({ changed: false, refused: { code: 'governance.invalid' } });
  expect(answer.refused?.says).toContain(`Commit ${broken} is not valid: people.yml, line 1: `);
  expect(answer.findings?.map(({ path }) => path)).toContain('people.yml');
  expect(governance.current()?.commit).toBe(pinned);
  expect(await governance.refresh()).toEqual(answer);

  const repaired = upstream.commit(repository, { 'people.yml': GOOD['people.yml'], ...OTHER });
  expect(await governance.refresh()).toEqual({ changed: true });
  expect(governance.current()?.commit).toBe(repaired);
});

test('a version with a single fault is told in a single sentence', async () => {
  const pinned = upstream.repository(repository, GOOD);
  const broken = upstream.commit(repository, ONE_FAULT);
  const { refused } = await (await mirror({ pinned })).refresh();

  expect(refused?.says).toBe(
    `Commit ${broken} is not valid: policies.yml, line 1: "closing_days" must be a number.`,
  );
});

test('a file of 20 MB is never read: the version is refused by name, and the last good one stays', async () => {
  const pinned = upstream.repository(repository, GOOD);
  const governance = await mirror({ pinned });
  await governance.refresh();
  upstream.commit(repository, { 'projects/huge.yml': 'x'.repeat(20_000_000) });

  const { refused, findings } = await governance.refresh();

  expect(refused?.says).toContain('projects/huge.yml, line 1: The file is larger than 2000000 characters.');
  expect(findings?.map(({ path, code }) => [path, code])).toContainEqual([
    'projects/huge.yml',
    'governance.too-large',
  ]);
  expect(governance.current()?.commit).toBe(pinned);
});

test('a proposal on another branch is read and compared, and nothing comes into force', async () => {
  const pinned = upstream.repository(repository, GOOD);
  const bare = join(upstream.root, `${repository}.git`);
  const branch = (name: string, sha: string): void =>
    writeFileSync(join(bare, 'refs/heads', name), `${sha}\n`);
  const governance = await mirror({ pinned });
  const proposed = upstream.commit(repository, OTHER);
  branch('proposal', proposed);
  branch('main', pinned);

  expect(await governance.propose(proposed)).toEqual({
    reading: expect.objectContaining({ governance: expect.objectContaining({ commit: proposed }) }),
    behind: false,
  });
  await governance.refresh();
  expect(await governance.propose(proposed)).toMatchObject({ base: { commit: pinned }, behind: false });
  const moved = upstream.commit(repository, { 'policies.yml': 'closing_days: 3\n' });
  await governance.refresh();
  expect(await governance.propose(proposed)).toMatchObject({ base: { commit: pinned }, behind: true });
  expect(governance.current()?.commit).toBe(moved);

  const strange = upstream.commit(repository, { ...GOOD, ...OTHER }, { orphan: true });
  branch('proposal', strange);
  expect(await governance.propose(strange)).toMatchObject({ base: { commit: moved }, behind: true });
  await expect(governance.propose('d'.repeat(40))).rejects.toThrow();
});

test('a version is told by its tree and its files; who saw more of the branch is ahead', async () => {
  const pinned = upstream.repository(repository, GOOD);
  const governance = await mirror({ pinned });
  expect(await governance.isAhead(pinned)).toBe(false);
  await governance.refresh();
  expect(await governance.facts(pinned)).toEqual({
    tree: expect.stringMatching(/^[0-9a-f]{40}$/),
    files: Object.keys(GOOD).length,
  });
  const newer = upstream.commit(repository, { ...OTHER, 'notes.txt': 'no file of governance\n' });

  expect(await governance.isAhead(newer)).toBe(true);
  expect(await governance.isAhead(pinned)).toBe(false);
  await governance.refresh();
  expect(await governance.facts(newer)).toEqual({
    tree: expect.not.stringMatching((await governance.facts(pinned)).tree),
    files: Object.keys({ ...GOOD, ...OTHER }).length,
  });
  expect(await governance.isAhead(pinned)).toBe(false);
  expect(await governance.isAhead('d'.repeat(40))).toBe(false);
  upstream.intercept = (_request, response) => {
    response.writeHead(503).end();
    return true;
  };
  await expect(governance.isAhead('e'.repeat(40))).rejects.toThrow();
});

test('a link in place of a file is a fault of the version', async () => {
  const pinned = upstream.repository(repository, GOOD);
  const governance = await mirror({ pinned });
  await governance.refresh();
  upstream.commit(repository, { 'projects/linked.yml': { link: 'ns-2026-014.yml' } });

  const { findings } = await governance.refresh();

  expect(findings?.map(({ path, code }) => [path, code])).toContainEqual([
    'projects/linked.yml',
    'governance.not-a-file',
  ]);
  expect(governance.current()?.commit).toBe(pinned);
});

test('who supplies the credential may refuse', async () => {
  upstream.repository(repository, GOOD);
  const refuses = () => Promise.reject(new Refused(refusal('proxy.repository-other', 'Not that one.')));
  expect(await (await mirror({ auth: refuses })).refresh()).toMatchObject({
    refused: { code: 'proxy.repository-other' },
  });
});

test('a rewritten branch is refused, also after a restart', async () => {
  const pinned = upstream.repository(repository, GOOD);
  const accepted = upstream.commit(repository, OTHER);
  const governance = await mirror({ pinned });
  await governance.refresh();

  upstream.commit(repository, { ...GOOD, ...OTHER }, { orphan: true });
  expect(await governance.refresh()).toMatchObject({
    changed: false,
    refused: { code: 'governance.pin-missing' },
  });
  const restarted = await mirror();
  expect(restarted.current()?.commit).toBe(accepted);
  expect(await restarted.refresh()).toMatchObject({
    changed: false,
    refused: { code: 'governance.rewritten' },
  });
  expect(restarted.current()?.commit).toBe(accepted);
});

test('a restart needs no network, and finds what was accepted', async () => {
  const pinned = upstream.repository(repository, GOOD);
  await (await mirror({ pinned })).refresh();
  upstream.intercept = (_request, response) => {
    response.writeHead(503).end();
    return true;
  };

  const restarted = await mirror({ pinned });

  expect(restarted.current()?.commit).toBe(pinned);
  expect(await restarted.refresh()).toMatchObject({
    changed: false,
    refused: { code: 'governance.unreachable' },
  });
  expect(restarted.current()?.commit).toBe(pinned);
});

test('when the newest version is broken from the start, the pinned one is in force', async () => {
  const pinned = upstream.repository(repository, GOOD);
  upstream.commit(repository, BROKEN);
  const governance = await mirror({ pinned });

  expect(await governance.refresh()).toMatchObject({
    changed: true,
    refused: { code: 'governance.invalid' },
  });
  expect(governance.current()?.commit).toBe(pinned);
});

test('without a valid version nothing is in force', async () => {
  const pinned = upstream.repository(repository, { ...GOOD, ...BROKEN });
  expect(await (await mirror({ pinned })).refresh()).toMatchObject({
    changed: false,
    refused: { code: 'governance.invalid' },
  });
  const unpinned = await mirror();
  expect(await unpinned.refresh()).toMatchObject({ refused: { code: 'governance.invalid' } });
  expect(unpinned.current()).toBeUndefined();
});

test('a missing branch and a pin that is no commit are told', async () => {
  upstream.repository(repository, GOOD);
  const governance = await mirror({ branch: 'trunk' });

  expect(await governance.refresh()).toMatchObject({ refused: { code: 'governance.branch-missing' } });
  await expect(mirror({ pinned: 'main' })).rejects.toThrow('pinned is not a full commit sha');
});

test('the pin wins over what was accepted before', async () => {
  upstream.repository(repository, GOOD);
  await (await mirror()).refresh();
  const other = upstream.commit(repository, { ...GOOD, ...OTHER }, { orphan: true });

  const governance = await mirror({ pinned: other });
  expect(governance.current()).toBeUndefined();
  expect(await governance.refresh()).toEqual({ changed: true });
  expect(governance.current()?.commit).toBe(other);
});

test('the credential is asked for at each fetch and sent; calls at the same time share one fetch', async () => {
  upstream.repository(repository, GOOD);
  let asked = 0;
  const governance = await mirror({ auth: async () => `Bearer ${++asked}` });
  upstream.seen.length = 0;

  const [one, two] = await Promise.all([governance.refresh(), governance.refresh()]);
  expect(one).toBe(two);
  await governance.refresh();

  expect(new Set(upstream.seen.map(({ headers }) => headers.authorization))).toEqual(
    new Set(['Bearer 1', 'Bearer 2']),
  );
});

test('what a killed process left behind does no harm', async () => {
  const pinned = upstream.repository(repository, GOOD);
  await (await mirror({ pinned })).refresh();
  writeFileSync(join(dir, 'repository.git/refs/sallyport/seen.lock'), '');
  writeFileSync(join(dir, 'accepted.new'), 'ha');
  const next = upstream.commit(repository, OTHER);

  const restarted = await mirror({ pinned });
  expect(restarted.current()?.commit).toBe(pinned);
  expect(await restarted.refresh()).toEqual({ changed: true });

  expect(readFileSync(join(dir, 'accepted'), 'utf8')).toBe(`${next}\n`);
});

test('a state that names no commit counts as none', async () => {
  upstream.repository(repository, GOOD);
  for (const text of ['', 'rubbish', '1'.repeat(40)]) {
    writeFileSync(join(dir, 'accepted'), text);
    expect((await mirror()).current()).toBeUndefined();
  }
});

test('an accepted version that is not valid any more is not in force, but still bounds the history', async () => {
  const broken = upstream.repository(repository, { ...GOOD, ...BROKEN });
  const first = await mirror();
  await first.refresh();
  writeFileSync(join(dir, 'accepted'), broken);

  const restarted = await mirror();
  expect(restarted.current()).toBeUndefined();
  expect(await restarted.refresh()).toMatchObject({ refused: { code: 'governance.invalid' } });
  upstream.commit(repository, GOOD, { orphan: true });
  expect(await restarted.refresh()).toMatchObject({ refused: { code: 'governance.rewritten' } });
});

test('links and other files are not read as governance', async () => {
  const commit = upstream.repository(repository, { ...GOOD, 'README.md': '# hello' });
  const governance = await mirror();
  await governance.refresh();

  expect((await governance.read(commit)).governance?.commit).toBe(commit);
});
