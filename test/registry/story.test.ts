/** The whole life of a codelist: built on a page, proposed, checked, signed off, tagged, served, used, outdated. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/database.ts';
import { lookAtRegistry } from '../../src/github/github.ts';
import { plant } from '../../src/sandbox/github/seed.ts';
import { saveDraft, startDraft, decide, draftOf, versionOf } from '../../src/registry/registry.ts';
import { registryDeps } from '../../src/github/github.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import { onOneDatabase } from '../support/database.ts';
import { governanceFiles, PEOPLE } from '../support/governance.ts';
import { BOARD, governedWorld, type GovernedWorld } from '../support/governed-world.ts';
import { LOGINS, ORG, STUDY_FILES, type World } from '../support/world.ts';
import { REGISTRY, SYSTEM } from './world.ts';

const NAME = 'codelists';
const OWNER = `user/${LOGINS.lead}`;
const LINE = `${OWNER}/asthma/v1`;
const NEXT = `${OWNER}/asthma/v2`;
const by = { id: PEOPLE.lead, login: LOGINS.lead };
const [ONE = '', TWO = '', THREE = ''] = Object.keys(BOARD);

onOneDatabase((open) => {
  let town: GovernedWorld;
  let world: World;
  beforeAll(async () => {
    const deployment = governanceFiles().get('deployment.yml')!;
    town = await governedWorld(await open(), {
      'deployment.yml': deployment.replace('repos: {', `repos: {proposals: 9106, codelists: ${REGISTRY}, `),
    });
    world = town.world;
    await plant(world.sandbox.state, {
      users: [],
      repos: [
        {
          ...{ owner: ORG, name: NAME, id: REGISTRY, author: LOGINS.lead },
          files: { 'README.md': '# Codelists\n', 'systems/chest.csv': SYSTEM },
          collaborators: Object.fromEntries([ONE, TWO, THREE, LOGINS.lead].map((login) => [login, 'write'])),
        },
      ],
    });
    await world.sandbox.state.idle();
    await lookAtRegistry(world.hub.room);
  });
  afterAll(() => town.stop());

  const deps = () => registryDeps(world.hub.room);
  const pullAt = (number: number) => world.sandbox.state.pulls.find(world.repo(NAME), number)!;
  const review = async (number: number, login: string): Promise<void> => {
    const given = { event: 'APPROVE', body: null, commit: undefined };
    await world.sandbox.state.reviews.submit(town.person(login), world.repo(NAME), pullAt(number), given);
    await world.settle();
  };
  const merge = async (number: number): Promise<void> => {
    await world.sandbox.state.pulls.merge(town.person(ONE), world.repo(NAME), pullAt(number), {
      method: 'merge',
    });
    await town.step();
  };
  const build = async (id: string, codes: string[]): Promise<string> => {
    const [owner, slug, version] = [OWNER, 'asthma', id.split('/').at(-1)!];
    const place = {
      owner,
      slug,
      version,
      name: 'Asthma',
      description: 'For a study.',
      source: '',
      system: 'chest',
    };
    const draft = await startDraft(deps(), by, place);
    if (isRefusal(draft)) throw new Error(draft.says);
    for (const code of codes)
      await decide(deps(), by, { draft, code, what: 'include', descendants: true, why: `All of ${code}` });
    return draft;
  };
  const save = async (draft: string): Promise<number> => {
    expect(await saveDraft(deps(), by, draft, { why: 'We need it, @everybody.' })).toBeUndefined();
    await town.step();
    return (await draftOf(deps(), draft, by))?.pull ?? 0;
  };
  const csv = (id: string): Promise<Response> => fetch(`${world.hub.url}/codelist/${id}/download.csv`);
  const tag = (id: string) => world.sandbox.state.repos.git(world.repo(NAME)).refs.get(`refs/tags/${id}`);
  const study = async (id: string, bytes: string, extra: Record<string, string> = {}): Promise<void> => {
    const sha = createHash('sha1').update(bytes.replace(/\n$/, '')).digest('hex');
    const file = `user-${LOGINS.lead}-asthma.csv`;
    await world.as('lead').push({
      'codelists/codelists.txt': `${id}\n`,
      'codelists/codelists.json': JSON.stringify({
        files: { [file]: { id, url: 'x', downloaded_at: '2026-11-20T00:00:00Z', sha } },
      }),
      [`codelists/${file}`]: bytes,
      ...extra,
    });
    await world.settle();
  };
  const run = async (issue = world.as('lead').issue()): Promise<string> => {
    world.as('lead').comment(issue, '/run extract --backend attainment');
    await world.settle();
    return world.thread(issue);
  };

  let first = 0;
  let bytes = '';

  test('what is built on a page becomes a pull request of the steward, in the name of whoever built it', async () => {
    const draft = await build(LINE, ['A1']);
    first = await save(draft);
    const pull = pullAt(first);
    expect(pull.title).toBe(`Codelist ${LINE}`);
    expect(pull.body).toContain(
      `@${LOGINS.lead} (account ${PEOPLE.lead}), who counts as its author: 3 codes.`,
    );
    expect(pull.body).not.toContain('@everybody');
    expect(world.check('sallyport/codelists', NAME)).toContain('Valid; 0 of 2 sign-offs');
    expect(world.check('sallyport/codelists', NAME)).toContain('| added | `A12` | Exercise asthma |');
  });

  test('whoever built it does not sign it, though the steward opened it', async () => {
    await review(first, LOGINS.lead);
    await review(first, ONE);
    expect(world.check('sallyport/codelists', NAME)).toContain('Valid; 1 of 2 sign-offs');
  });

  test('two others do: merged, it is published, tagged by the steward and served', async () => {
    await review(first, TWO);
    expect(world.check('sallyport/codelists', NAME)).toContain('Valid, and signed off by two');
    await merge(first);
    bytes = await (await csv(LINE)).text();
    expect(bytes).toBe('code,term\nA1,Asthma\nA11,Childhood asthma\nA12,Exercise asthma\n');
    expect(tag(LINE)).toBe(world.head(NAME));
    expect(await versionOf(world.database.db, LINE)).toMatchObject({
      signers: [BOARD['board-one'], BOARD['board-two']],
      taggedAt: expect.any(Number),
    });
  });

  test('a study uses it: its check is green, and what reads the database may run', async () => {
    await study(LINE, bytes);
    expect(world.check('sallyport/codelists')).toContain('sallyport/codelists: success');
    const issue = world.as('lead').issue();
    expect(await run(issue)).toContain('1 job');
    world.as('lead').comment(issue, '/cancel');
    await world.settle();
    expect(world.thread(issue)).toContain('cancelled');
  });

  test.each<[string, string, () => string, string]>([
    [
      'bytes that were changed, with a hash that fits them',
      LINE,
      () => bytes.replace('A12', 'A2'),
      'codelists.tampered',
    ],
    ['a list that nobody published', `${OWNER}/asthma/v7`, () => bytes, 'codelists.unknown'],
    [
      'a version of somebody else’s list',
      `user/${LOGINS.checker}/asthma/v1`,
      () => bytes,
      'codelists.unknown',
    ],
  ])('%s: nothing runs', async (_case, id, text, code) => {
    await study(id, text());
    expect(world.check('sallyport/codelists')).toContain('nothing can run at this commit');
    expect(world.check('sallyport/dummy run')).toContain(code);
    expect(await run()).toContain(code);
    const issue = world.as('lead').issue();
    world.as('lead').comment(issue, '/run model --backend attainment');
    await world.settle();
    expect(world.thread(issue)).toContain(code);
  });

  test('a new version makes the old one outdated: the database is closed to it, and says what is newer', async () => {
    await study(LINE, bytes);
    const draft = await build(NEXT, ['A1', 'A2']);
    const second = await save(draft);
    expect(world.check('sallyport/codelists', NAME)).toContain(`Since \`${LINE}\`: 1 added, 0 removed`);
    await review(second, ONE);
    await review(second, THREE);
    await merge(second);
    await world.as('lead').push({ 'README.md': 'again' });
    await world.settle();
    expect(world.check('sallyport/codelists')).toContain('sallyport/codelists: neutral');
    const no = await run();
    expect(no).toContain('codelists.outdated');
    expect(no).toContain(NEXT);
    expect((await csv(LINE)).status).toBe(200);
  });

  test('saving again is a further commit on the same pull request, and signatures of the older one are stale', async () => {
    const draft = await build(`${OWNER}/asthma/v3`, ['A']);
    const number = await save(draft);
    await review(number, ONE);
    await review(number, TWO);
    expect(world.check('sallyport/codelists', NAME)).toContain('signed off by two');
    await decide(deps(), by, { draft, code: 'A2', what: 'exclude', descendants: false, why: '' });
    expect(await save(draft)).toBe(number);
    expect(world.check('sallyport/codelists', NAME)).toContain('Valid; 0 of 2 sign-offs');
    expect(world.check('sallyport/codelists', NAME)).toContain('have to look again');
  });

  test('the steward believes nobody: of a task that was forged it refuses what merged governance and GitHub do not bear out', async () => {
    const parts = await town.steward();
    const { carryOut } = await import('../../src/steward/tasks/tasks.ts');
    const [task] = await rowsOf<{ payload: Record<string, unknown> }>(
      world.database.db,
      sql`select payload from steward_tasks where "do" = 'codelist-tag' order by asked_at limit 1`,
    );
    const [wish] = await rowsOf<{ payload: Record<string, unknown> }>(
      world.database.db,
      sql`select payload from steward_tasks where "do" = 'codelist-pull' order by asked_at desc limit 1`,
    );
    const forged = async (what: string, payload: unknown): Promise<string> => {
      const done = await carryOut(parts, { id: '0000000000000001', do: what, round: 1, askedAt: 0, payload });
      return done.outcome === 'done' ? 'done' : done.code;
    };
    const open = pullAt(
      Math.max(...world.sandbox.state.pulls.all(world.repo(NAME)).map(({ number }) => number)),
    );
    const tagOf = (changes: object) => forged('codelist-tag', { ...task?.payload, ...changes });
    expect(await tagOf({})).toBe('done');
    expect(await tagOf({ repository: 9001 })).toBe('codelist.no-registry');
    expect(await tagOf({ pull: open.number, head: open.pull.headSha })).toBe('codelist.not-merged');
    expect(await tagOf({ commit: open.pull.headSha })).toBe('codelist.not-merged');
    expect(await tagOf({ line: NEXT })).toBe('codelist.other-bytes');
    expect(await tagOf({ line: '../../x' })).toContain('malformed');
    const pullOf = (changes: object) =>
      forged('codelist-pull', { ...wish?.payload, draft: '0000000000000009', ...changes });
    expect(await pullOf({ askedBy: { id: 1, login: 'nobody' } })).toBe('codelist.not-a-member');
    expect(await pullOf({ line: `user/${LOGINS.checker}/asthma/v1` })).toBe('codelist.owner');
    expect(await pullOf({ line: LINE })).toBe('codelist.exists');
    expect(await pullOf({ csv: 'code,term\n=cmd(),x\n' })).toBe('codelist.invalid');
    expect(await pullOf({ history: '[]' })).toBe('codelist.invalid');
    expect(await pullOf({ repository: 9001 })).toBe('codelist.no-registry');
  });

  test('a steward that was killed anywhere finds what it left, and makes nothing twice', async () => {
    const draft = await build(`${OWNER}/asthma/v4`, ['B1']);
    expect(await saveDraft(deps(), by, draft, { why: '' })).toBeUndefined();
    for (const dies of ['codelist-ref', 'codelist-open']) {
      let dead = false;
      const parts = await town.steward(async (call, work) => {
        const done = await work();
        if (call === dies && !dead) {
          dead = true;
          throw new Error('killed');
        }
        return done;
      });
      await expect(town.step(parts)).resolves.toBeUndefined();
      // What failed is tried again a minute later; GitHub's clock is its own, so nobody waits here.
      await world.database.db.execute(sql`update steward_tasks set next_at = 0`);
    }
    await town.step();
    const opened = world.sandbox.state.pulls
      .all(world.repo(NAME))
      .filter(({ title }) => title.includes('/v4'));
    expect(opened).toHaveLength(1);
    expect((await draftOf(deps(), draft, by))?.pull).toBe(opened[0]?.number);
  });
});

/** The study of this story is the one that every world begins with. */
test('the study reads the database', () => expect(STUDY_FILES['project.yaml']).toContain('sqlrunner'));
