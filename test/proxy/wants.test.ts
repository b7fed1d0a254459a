/**
 * Which commits a caller gets (§11, rule 5: "every want must be approved for that agent"), with the real git and
 * with requests written by hand.
 */
import { afterEach, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Mirrors } from '../../agent/store/mirror.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { git, gitFetch } from '../../src/lib/git.ts';
import { hasCommit, listTree } from '../../src/lib/git-objects.ts';
import { newKeyPair } from '../../src/lib/keys.ts';
import { gitRequestReader } from '../../src/proxy/git/request.ts';
import { KEYS, REPOSITORY } from '../support/governance.ts';
import { ACTION, GOVERNANCE, STUDY, type TaskChanges } from '../support/proxy.ts';
import { action, ask, dir, fetchThrough, study, trouble, world, type Ask } from './proxy-world.ts';

const V2 = { 'git-protocol': 'version=2' };
const TYPE = { 'content-type': 'application/x-git-upload-pack-request' };
const line = (text: string): string => `${(text.length + 5).toString(16).padStart(4, '0')}${text}\n`;
const fetchOf = (...shas: string[]): string =>
  `${line('command=fetch')}0001${shas.map((sha) => line(`want ${sha}`)).join('')}${line('done')}0000`;
const lsRefs = (...prefixes: string[]): string =>
  `${line('command=ls-refs')}0001${prefixes.map((prefix) => line(`ref-prefix ${prefix}`)).join('')}0000`;

const post = (body: string | Buffer, more: Partial<Ask> & { repository?: string } = {}) =>
  ask({
    method: 'POST',
    path: `/${more.repository ?? STUDY}/git-upload-pack`,
    body,
    ...more,
    headers: { ...TYPE, ...V2, ...more.headers },
  });
const answer = async (body: string | Buffer, more: Parameters<typeof post>[1] = {}): Promise<string> => {
  const { status, text } = await post(body, more);
  return status === 200 ? 'passed' : `${status} ${/\(([\w.-]+)\)\n$/.exec(text)?.[1]}`;
};
const handing = async (changes: TaskChanges = {}) => ({ 'sallyport-task': await world.task(changes) });
const asAirlock = async () => ({
  auth: false,
  headers: { authorization: `Bearer ${await world.token({ key: KEYS.viewer })}` },
});
const bodies = (): string[] =>
  world.upstream.seen.map(({ body }) => body ?? '').filter((body) => body !== '');
const inStudy = (...args: string[]): string =>
  execFileSync('git', args, { cwd: join(world.upstream.root, `${STUDY}.git`), encoding: 'utf8' }).trim();
/** Two commits of the same second and content would be one. */
let made = 0;
const another = (): string => String((made += 1));
/** Of the branch, and never listed as its newest. */
const older = (): string => {
  const commit = world.upstream.commit(STUDY, { 'd.txt': another() });
  world.upstream.commit(STUDY, { 'd.txt': another() });
  return commit;
};
/** Of no branch: what is left of one that was deleted, or of a fork. */
const unreachable = (): string => {
  const commit = world.upstream.commit(STUDY, { 'b.txt': another() }, { branch: 'gone', orphan: true });
  inStudy('update-ref', '-d', 'refs/heads/gone');
  return commit;
};
const missed = 'a'.repeat(40);

describe('an agent', () => {
  test('gets the commit of its task and the branch of its task, and no other branch', async () => {
    world.upstream.commit(STUDY, { 'c.txt': another() }, { branch: 'secret', orphan: true });
    await fetchThrough(STUDY, { ref: study, task: await world.task({ task: { commit: study } }) });
    await fetchThrough(STUDY, { ref: '+refs/heads/main:refs/heads/main' });

    expect(await trouble(fetchThrough(STUDY, { ref: '+refs/heads/secret:refs/heads/secret' }))).toBe(
      'denied',
    );
    expect(await trouble(fetchThrough(STUDY, { ref: '+refs/heads/*:refs/heads/*' }))).toBe('denied');
    inStudy('update-ref', '-d', 'refs/heads/secret');
  });

  test('gets nothing for which it hands over no task, until it has once', async () => {
    const other = world.upstream.commit(STUDY, { 'project.yaml': 'version: 6\n' });
    expect(await answer(fetchOf(other))).toBe('403 proxy.want');
    expect(await answer(fetchOf(other), { headers: await handing({ task: { commit: other } }) })).toBe(
      'passed',
    );
    expect(await answer(fetchOf(other))).toBe('passed');
  });

  test.each<[string, () => string]>([
    ['a file by its id', () => inStudy('rev-parse', `${study}:project.yaml`)],
    ['a folder by its id', () => inStudy('rev-parse', `${study}^{tree}`)],
    ['a commit of a deleted branch', unreachable],
    ['an older commit of the branch', older],
    ['a commit that nobody has', () => missed],
  ])('does not get %s', async (_what, sha) => {
    world.upstream.commit(STUDY, { 'd.txt': another() });
    world.upstream.seen.length = 0;
    const headers = await handing({ task: { commit: missed.replaceAll('a', 'b') } });

    expect(await answer(fetchOf(sha()), { headers })).toBe('403 proxy.want');
    expect(bodies()).toEqual([]);
  });

  test('does not get a commit in one repository because it was named for another', async () => {
    const governance = { id: 9001, owner: 'northshire-research', name: 'governance' };
    expect(
      await answer(fetchOf(study), { headers: await handing({ task: { repository: governance } }) }),
    ).toBe('403 proxy.task-repository');
    await fetchThrough(STUDY, { ref: study });
    expect(await answer(fetchOf(study), { repository: GOVERNANCE })).toBe('403 proxy.want');
    expect(await answer(fetchOf(study), { repository: ACTION })).toBe('403 proxy.want');
    // What GitHub listed in one repository is nothing in another.
    await fetchThrough(ACTION);
    expect(await answer(fetchOf(action))).toBe('403 proxy.want');
  });

  test.each<[string, TaskChanges, string]>([
    ['of another key than the hub’s', { key: newKeyPair() }, '403 protocol.task-signature'],
    ['of its own making', { key: KEYS.agent }, '403 protocol.task-signature'],
    ['for another agent', { claims: { agent: 'attainment-2' } }, '403 protocol.task-foreign'],
    ['for another backend', { claims: { backend: 'rehearsal' } }, '403 protocol.task-foreign'],
    ['that has expired', { claims: { iat: 1, exp: 601 } }, '403 protocol.task-expired'],
    [
      'that stops something',
      { claims: { task: { type: 'cancel', id: 'a'.repeat(16), job: 'b'.repeat(16), task: 'c'.repeat(16) } } },
      '403 proxy.task-repository',
    ],
  ])('cannot hand over a task %s', async (_what, changes, expected) => {
    const named = world.upstream.commit(STUDY, { 'e.txt': another() });
    const task = await world.task({ ...changes, task: { commit: named } });

    expect(await answer(fetchOf(named), { headers: { 'sallyport-task': task } })).toBe(expected);
    expect(await answer(fetchOf(named))).toBe('403 proxy.want');
  });

  test('cannot hand over what is no task at all, or two of them', async () => {
    const one = await world.task();
    expect(await answer(fetchOf(study), { headers: { 'sallyport-task': 'x' } })).toBe(
      '403 protocol.task-malformed',
    );
    expect(await answer(fetchOf(study), { headers: { 'sallyport-task': `${one} ` + 'x y' } })).toBe(
      '400 proxy.headers',
    );
    const twice = { 'sallyport-task': [one, one] };
    expect((await post(fetchOf(study), { headers: twice as unknown as Record<string, string> })).status).toBe(
      400,
    );
  });

  test('does not get what was approved for the agent beside it', async () => {
    const named = world.upstream.commit(STUDY, { 'f.txt': another() });
    await answer(fetchOf(named), { headers: await handing({ task: { commit: named } }) });
    const other = { agent: 'rehearsal-1', backend: 'rehearsal', key: KEYS.rehearsal };
    const headers = { authorization: `Bearer ${await world.token(other)}` };

    expect(await answer(fetchOf(named), { auth: false, headers })).toBe('403 proxy.want');
  });

  test('gets one unapproved commit among approved ones as little as alone', async () => {
    await fetchThrough(STUDY, { ref: study });
    world.upstream.seen.length = 0;
    expect(await answer(fetchOf(study, unreachable()))).toBe('403 proxy.want');
    expect(bodies()).toEqual([]);
  });

  test('gets branches and tags of an action, and of governance the branch and the signers’ tags', async () => {
    await fetchThrough(ACTION);
    await fetchThrough(GOVERNANCE, { ref: '+refs/heads/main:refs/heads/main' });
    const aside = world.upstream.commit(GOVERNANCE, { 'x.txt': 'x' }, { branch: 'proposal', orphan: true });

    expect(await trouble(fetchThrough(GOVERNANCE, { ref: '+refs/heads/proposal:refs/x' }))).toBe('denied');
    expect(await answer(fetchOf(aside), { repository: GOVERNANCE })).toBe('403 proxy.want');
    execFileSync('git', ['update-ref', '-d', 'refs/heads/proposal'], {
      cwd: join(world.upstream.root, `${GOVERNANCE}.git`),
    });
  });
});

describe('an airlock', () => {
  test('gets what the agents beside it ran, also when no branch has it any more', async () => {
    const commit = unreachable();
    expect(await answer(fetchOf(commit), await asAirlock())).toBe('403 proxy.want');
    await answer(lsRefs('refs/heads/main'), { headers: await handing({ task: { commit } }) });

    expect(await answer(fetchOf(commit), await asAirlock())).toBe('passed');
  });

  test('gets every branch as GitHub lists it, and no tag', async () => {
    const token = await world.token({ key: KEYS.viewer });
    const branch = world.upstream.commit(STUDY, { 'g.txt': another() }, { branch: 'topic', orphan: true });
    inStudy('tag', 'v1', unreachable());
    await fetchThrough(STUDY, { token, task: false });

    expect(await hasCommit(join(dir, 'a.git'), branch)).toBe(true);
    expect(
      await trouble(fetchThrough(STUDY, { token, task: false, ref: '+refs/tags/v1:refs/tags/v1' })),
    ).toBe('denied');
    inStudy('tag', '-d', 'v1');
    inStudy('update-ref', '-d', 'refs/heads/topic');
  });
});

describe('what goes on to GitHub', () => {
  afterEach(() => expect(JSON.stringify(bodies())).not.toMatch(/spoken|x-word/));

  test('is written anew: no word of the client about itself, no name that nobody approved', async () => {
    const words = `${line('command=ls-refs')}${line('agent=git/spoken-in-the-zone')}${line('object-format=sha1')}0001${line('peel')}`;
    const asked = `${words}${line('ref-prefix refs/heads/spoken-in-the-zone')}${line('ref-prefix refs/tags/x-word')}0000`;
    world.upstream.seen.length = 0;
    expect(await answer(gzipSync(asked), { headers: { 'content-encoding': 'gzip' } })).toBe('passed');

    expect(bodies()).toEqual([
      `${line('command=ls-refs')}${line('agent=git/sallyport-proxy')}${line('object-format=sha1')}0001${line('peel')}${line('ref-prefix refs/heads/')}${line('ref-prefix refs/tags/')}0000`,
    ]);
    const headers = world.upstream.seen.find(({ body }) => body)!.headers;
    expect(headers['content-encoding']).toBeUndefined();
    expect(headers['accept-encoding']).toBe('identity');
  });

  test('names the branch of the task, so that GitHub need not list thousands', async () => {
    world.upstream.seen.length = 0;
    await fetchThrough(STUDY, { ref: '+refs/heads/main:refs/heads/main' });
    expect(bodies()[0]).toContain(line('ref-prefix refs/heads/main'));
    expect(bodies()[0]).not.toContain('refs/tags/');
  });

  test('is a list of branches and tags when no name is asked for', async () => {
    world.upstream.seen.length = 0;
    expect(await answer(lsRefs())).toBe('passed');
    expect(bodies()[0]).toContain(`0001${line('ref-prefix HEAD')}${line('ref-prefix refs/heads/')}`);
  });
});

describe('what git never asks', () => {
  const v2 = (...args: string[]): string => `${line('command=fetch')}0001${args.map(line).join('')}0000`;
  const want = `want ${missed}`;

  test.each<[string, string, string]>([
    [
      'a command that is unknown',
      `${line('command=object-info')}0001${line('size')}0000`,
      '403 proxy.git-argument',
    ],
    ['a command for pushing', `${line('command=receive-pack')}0000`, '403 proxy.git-argument'],
    ['a ref by its name', v2('want-ref refs/heads/main'), '403 proxy.git-argument'],
    ['a filter', v2('filter blob:none'), '403 proxy.git-argument'],
    ['other hosts', v2('packfile-uris https'), '403 proxy.git-argument'],
    ['a name in the history', v2('deepen-not refs/heads/main'), '403 proxy.git-argument'],
    ['an argument that is unknown', v2('sallyport'), '403 proxy.git-argument'],
    [
      'an option for the server',
      `${line('command=fetch')}${line('server-option=x')}0001${line(want)}0000`,
      '403 proxy.git-argument',
    ],
    [
      'a number of the session',
      `${line('command=fetch')}${line('session-id=x')}0001${line(want)}0000`,
      '403 proxy.git-argument',
    ],
    ['a want in upper case', v2(`want ${'A'.repeat(40)}`), '403 proxy.git-argument'],
    ['a short want', v2('want abc'), '403 proxy.git-argument'],
    ['a want with more behind it', v2(`${want} x`), '403 proxy.git-argument'],
    ['refs of pull requests', lsRefs('refs/pull/'), '403 proxy.git-ref'],
    ['all refs', lsRefs('refs/'), '403 proxy.git-ref'],
    ['a prefix of nothing', lsRefs(''), '403 proxy.git-argument'],
    ['two commands', fetchOf() + fetchOf(), '400 proxy.git-request'],
    ['more after the end', `${lsRefs('HEAD')}x`, '400 proxy.git-request'],
    ['two delimiters', `${line('command=fetch')}00010001${line('done')}0000`, '400 proxy.git-request'],
    ['an end of an answer', `${line('command=fetch')}00010002`, '400 proxy.git-request'],
    ['half a line', `${line('command=fetch')}0001003`, '400 proxy.git-request'],
    ['no end', `${line('command=fetch')}0001${line('done')}`, '400 proxy.git-request'],
    ['an empty line', `${line('command=fetch')}00010004`, '400 proxy.git-request'],
    ['a length that is none', 'zzzzcommand=fetch', '400 proxy.git-request'],
    ['a length of three', '0003', '400 proxy.git-request'],
    ['an endless line', `fff0${'a'.repeat(3000)}`, '400 proxy.git-request'],
    ['nothing', '', '400 proxy.git-request'],
    ['protocol 0 in protocol 2', line(want), '403 proxy.git-argument'],
  ])('is refused: %s', async (_what, body, expected) => {
    world.upstream.seen.length = 0;
    expect(await answer(body)).toBe(expected);
    expect(bodies()).toEqual([]);
  });

  const v0 = { 'git-protocol': 'version=0' };
  test.each<[string, string, string]>([
    [
      'an unapproved want',
      `${line(`${want} side-band-64k agent=git/2`)}0000${line('done')}`,
      '403 proxy.want',
    ],
    ['an unapproved second want', `${line(`want STUDY ofs-delta`)}${line(want)}0000`, '403 proxy.want'],
    ['a want after the wants', `${line(`want STUDY`)}0000${line(want)}`, '400 proxy.git-request'],
    ['a filter', `${line('want STUDY filter')}0000`, '403 proxy.git-argument'],
    ['a filter of its own', `${line('want STUDY')}${line('filter blob:none')}0000`, '403 proxy.git-argument'],
    ['an ability that is unknown', `${line('want STUDY sallyport')}0000`, '403 proxy.git-argument'],
    ['haves without wants', `0000${line(`have ${missed}`)}`, '400 proxy.git-request'],
    ['protocol 2 in protocol 0', lsRefs('HEAD'), '403 proxy.git-argument'],
    ['a delimiter', `${line('want STUDY')}00010000`, '400 proxy.git-request'],
    ['more after done', `${line('want STUDY')}0000${line('done')}${line('done')}`, '400 proxy.git-request'],
  ])('is refused in the old protocol: %s', async (_what, body, expected) => {
    await answer(lsRefs(), { headers: await handing({ task: { commit: study } }) });
    world.upstream.seen.length = 0;
    expect(
      await answer(
        body
          .replace('want STUDY', `want ${study}`)
          .replace(/^....(want [0-9a-f]{40})/, (_all, first: string) => `${lengthOf(body)}${first}`),
        { headers: v0 },
      ),
    ).toBe(expected);
    expect(bodies()).toEqual([]);
  });

  /** The first line names the study's commit, which is longer than its name here. */
  const lengthOf = (body: string): string =>
    (parseInt(body.slice(0, 4), 16) + (body.includes('want STUDY') ? 35 : 0)).toString(16).padStart(4, '0');

  test('the same commit wanted a hundred thousand times is looked for once, and said once', () => {
    const looked: string[] = [];
    const reader = gitRequestReader(2, {
      want: (sha) => void looked.push(sha),
      prefixes: () => [],
    });
    expect(reader.push(Buffer.from(v2(...Array<string>(100_000).fill(want), 'done')))).toBeUndefined();

    expect(looked).toEqual([missed]);
    expect(reader.end()).toBe(
      `${line('command=fetch')}${line('agent=git/sallyport-proxy')}0001${line(want)}${line('done')}0000`,
    );
  });

  test('the old protocol passes as well, from the list to the files', async () => {
    const config: [string, string][] = [
      ['protocol.version', '0'],
      ['http.extraHeader', `Authorization: Bearer ${await world.token()}`],
      ['http.extraHeader', `Sallyport-Task: ${await world.task({ task: { commit: study } })}`],
    ];
    const into = [
      'fetch',
      '--quiet',
      '--end-of-options',
      `${world.origin}/${STUDY}`,
      '+refs/heads/main:refs/heads/main',
    ];
    await git(into, { dir: join(dir, 'a.git'), config });

    const files = await listTree(join(dir, 'a.git'), inStudy('rev-parse', 'main'));
    expect(files.map(({ path }) => path)).toContain('project.yaml');
    expect(await world.logged({ rule: 'git-pack', repository: REPOSITORY, status: 200 })).toBeDefined();
  });

  test('what unpacks to more than it may is not unpacked to its end, and what is no gzip not at all', async () => {
    const headers = { 'content-encoding': 'gzip' };
    const haves = line(`have ${missed}`).repeat(400_000);
    const bomb = gzipSync(`${line('command=fetch')}0001${haves}`);
    expect(bomb.length).toBeLessThan(100_000);

    expect(await answer(bomb, { headers })).toBe('413 proxy.too-large');
    expect(await answer(gzipSync(Buffer.alloc(200_000_000)), { headers })).toBe('400 proxy.git-request');
    expect(await answer('no gzip', { headers })).toBe('400 proxy.git-request');
    expect(await answer(gzipSync(lsRefs('HEAD')).subarray(0, 30), { headers })).toBe('400 proxy.git-request');
  });
});

describe('an airlock’s mirror', () => {
  const mirrors = (): Mirrors =>
    new Mirrors(
      dir,
      async ({ dir: into, owner, name, id, refspecs, prune, signal }) =>
        gitFetch({
          dir: into,
          url: `${world.origin}/${owner}/${name}`,
          refspecs,
          prune,
          signal,
          authorization: `Bearer ${await world.token({ key: KEYS.viewer })}`,
          headers: { 'sallyport-repository-id': String(id) },
        }),
      systemClock,
    );
  const place = () => {
    const [owner = '', name = ''] = STUDY.split('/');
    return { key: String(REPOSITORY), owner, name, id: REPOSITORY };
  };

  test('holds a commit that the proxy knows of no task for by way of its branch', async () => {
    const commit = world.upstream.commit(STUDY, { 'h.txt': another() });
    world.upstream.commit(STUDY, { 'h.txt': another() });
    const mine = mirrors();

    expect(await mine.hold(place(), commit)).toBe(true);
    expect(await hasCommit(mine.dirOf(place()), commit)).toBe(true);
    world.upstream.seen.length = 0;
    expect(await mine.hold(place(), commit)).toBe(true);
    expect(world.upstream.seen).toEqual([]);
  });

  test('cannot say of one that stands on none: the proxy has the last word, not the branch', async () => {
    await expect(mirrors().hold(place(), unreachable())).rejects.toMatchObject({ trouble: 'denied' });
  });
});
