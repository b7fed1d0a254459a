/** Pull requests on the registry: what their check says, and what it takes to be published. */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { checkMissedHeads, lookAtRegistry } from '../../src/github/github.ts';
import { contentOf, openPulls, versionOf } from '../../src/registry/registry.ts';
import type { ReviewState } from '../../src/sandbox/github/state/model.ts';
import { edited, PEOPLE } from '../support/governance.ts';
import { onOneDatabase, type TestDatabase } from '../support/database.ts';
import { aWorld, LOGINS, ORG, SECRET, type Role, type World } from '../support/world.ts';
import { REGISTRY, SYSTEM, V1, V2 } from './world.ts';

const NAME = 'codelists';
const META = (owner: string): string => `name: Asthma\ncoding_system: chest\nowner: ${owner}\n`;
const OWNER = `user/${LOGINS.lead}`;

onOneDatabase((open) => {
  let world: World;
  let database: TestDatabase;
  /** One registry for all of it, and a list for each story. */
  let LINE = '';
  let list = '';
  let asthma: Record<string, string> = {};
  let looked = 0;
  let stories = 0;
  beforeEach(() => {
    list = `${OWNER}/asthma-${(stories += 1)}`;
    LINE = `${list}/v1`;
    asthma = { [`${LINE}.csv`]: V1, [`${list}/meta.yml`]: META(OWNER) };
  });
  beforeAll(async () => {
    database = await open();
    world = await aWorld({
      database,
      governance: edited({
        'deployment.yml': ['repos: {governance: 9001}', `repos: {governance: 9001, codelists: ${REGISTRY}}`],
      }),
      more: [
        {
          ...{ owner: ORG, name: NAME, id: REGISTRY },
          files: { 'README.md': '# Codelists\n', 'systems/chest.csv': SYSTEM },
          collaborators: Object.fromEntries(
            (['lead', 'collaborator', 'checker', 'governor', 'stranger'] as const).map((role) => [
              LOGINS[role],
              'write',
            ]),
          ),
        },
      ],
    });
    await lookAtRegistry(world.hub.room);
  });
  afterAll(() => world.stop());

  const { lead, checker, governor } = { lead: 'lead', checker: 'checker', governor: 'governor' } as const;
  const propose = async (
    files: Record<string, string | null>,
    by: Role = lead,
    branch = `new-${stories}`,
  ): Promise<number> => {
    await world.as(by).branch(branch, world.head(NAME), NAME);
    await world.as(by).push(files, { repo: NAME, branch });
    const number = await world.as(by).pull(branch, NAME);
    await world.settle();
    looked = number;
    return number;
  };
  const actor = (role: Role) => {
    const user = world.sandbox.state.people.user(LOGINS[role])!;
    return { kind: 'person', user } as const;
  };
  const pullAt = (number: number) => world.sandbox.state.pulls.find(world.repo(NAME), number)!;
  const review = async (
    number: number,
    by: Role,
    event = 'APPROVE',
    commit?: string,
  ): Promise<ReviewState | string> => {
    const given = { event, body: 'Looked at.', commit };
    const done = await world.sandbox.state.reviews.submit(actor(by), world.repo(NAME), pullAt(number), given);
    await world.settle();
    return 'state' in done ? done.state : 'refused';
  };
  const merge = async (number: number, by: Role = governor): Promise<void> => {
    await world.sandbox.state.pulls.merge(actor(by), world.repo(NAME), pullAt(number), { method: 'merge' });
    await world.settle();
  };
  /** Of the pull request that was made last. */
  const check = () => {
    const { headSha } = pullAt(looked).pull;
    return world.runs('sallyport/codelists', NAME).findLast((run) => run.headSha === headSha)!;
  };
  const published = async (id = LINE): Promise<boolean> =>
    (await versionOf(world.database.db, id)) !== undefined;

  test('a new version gets a check with its codes, which asks for two signatures', async () => {
    const number = await propose(asthma);
    expect(check()).toMatchObject({ conclusion: 'action_required', title: 'Valid; 0 of 2 sign-offs' });
    expect(check().summary).toContain('| added | `A11` | Childhood asthma |');
    expect((await openPulls(world.database.db)).find((pull) => pull.number === number)).toMatchObject({
      versions: [LINE],
      faults: 0,
    });
  });

  test('faults are marked on their lines, and block', async () => {
    await propose({ ...asthma, [`${LINE}.csv`]: 'code,term\nA1,Asthma\nXX,nothing\nA1,again\n' });
    expect(check()).toMatchObject({ conclusion: 'failure', title: '2 faults' });
    expect(check().annotations.map(({ path, startLine, title }) => [path, startLine, title])).toEqual([
      [`${LINE}.csv`, 3, 'codelists.invalid-code'],
      [`${LINE}.csv`, 4, 'codelists.duplicate-code'],
    ]);
  });

  test('two people sign it off; merged, it is published once, with its bytes', async () => {
    const number = await propose(asthma);
    await review(number, checker);
    expect(check().title).toBe('Valid; 1 of 2 sign-offs');
    await review(number, governor);
    expect(check()).toMatchObject({ conclusion: 'success', title: 'Valid, and signed off by two' });
    await merge(number);
    expect((await contentOf(world.database.db, LINE))?.content).toBe(V1);
    expect(await versionOf(world.database.db, LINE)).toMatchObject({
      pull: number,
      commit: world.head(NAME),
      author: PEOPLE.lead,
      signers: [PEOPLE.checker, PEOPLE.governor],
    });
    expect(check().title).toBe('Published');
    await lookAtRegistry(world.hub.room);
    expect((await world.ledger()).filter(({ subject }) => subject === `codelist:${LINE}`)).toHaveLength(1);
  });

  test.each<[string, (number: number) => Promise<unknown>]>([
    ['one signature', (number) => review(number, checker)],
    [
      'the same person twice',
      async (number) => {
        await review(number, checker);
        await review(number, checker);
      },
    ],
    [
      'somebody whom governance does not know as of today',
      async (number) => {
        await review(number, checker);
        await review(number, lead);
      },
    ],
    [
      'a third who wants changes',
      async (number) => {
        await review(number, checker);
        await review(number, governor);
        await review(number, 'copilot', 'REQUEST_CHANGES');
        await review(number, 'collaborator', 'REQUEST_CHANGES');
      },
    ],
    [
      'signatures of an older head',
      async (number) => {
        await review(number, checker);
        await review(number, governor);
        await world.as(lead).push({ [`${LINE}.csv`]: V2 }, { repo: NAME, branch: `new-${stories}` });
        await world.settle();
        expect(check()).toMatchObject({ conclusion: 'action_required', title: 'Valid; 0 of 2 sign-offs' });
        expect(check().summary).toContain('have to look again');
      },
    ],
    [
      'a signer who pushed what somebody else is said to have written',
      async (number) => {
        const { author } = (await world.sandbox.state.repos
          .git(world.repo(NAME))
          .commitAt(world.head(NAME, `new-${stories}`)))!;
        await world.sandbox.state.repos.commitFiles(actor(checker), world.repo(NAME), {
          ...{ message: 'Not mine', branch: `new-${stories}`, author, committer: author },
          files: new Map([[`${LINE}.csv`, V2]]),
        });
        await world.settle();
        await review(number, checker);
        await review(number, governor);
      },
    ],
    [
      'a signer who wrote a commit of it',
      async (number) => {
        await world.as(checker).push({ [`${LINE}.csv`]: V2 }, { repo: NAME, branch: `new-${stories}` });
        await world.settle();
        await review(number, checker);
        await review(number, governor);
      },
    ],
  ])('merged with %s it is not published, and says so', async (_case, sign) => {
    const number = await propose(asthma);
    await sign(number);
    await merge(number);
    expect(await published()).toBe(false);
    expect(check()).toMatchObject({ conclusion: 'failure' });
    expect(check().title).toBe(
      'Merged, but not published: fewer than two people had signed off its last commit',
    );
    // Signing late changes nothing.
    world.later(60_000);
    await review(number, checker);
    await review(number, governor);
    expect(await published()).toBe(false);
  });

  test('what is published never changes: its check is red, and merging it publishes nothing', async () => {
    const first = await propose(asthma);
    await review(first, checker);
    await review(first, governor);
    await merge(first);
    const second = await propose({ [`${LINE}.csv`]: V2 }, lead, `again-${stories}`);
    expect(check().annotations.map(({ title }) => title)).toEqual(['codelists.published']);
    await review(second, checker);
    await review(second, governor);
    await merge(second);
    expect((await contentOf(world.database.db, LINE))?.content).toBe(V1);
  });

  test('the next version is told by what it adds, removes and calls otherwise', async () => {
    const first = await propose(asthma);
    await review(first, checker);
    await review(first, governor);
    await merge(first);
    await propose({ [`${list}/v2.csv`]: V2 }, lead, `next-${stories}`);
    expect(check().summary).toContain(`Since \`${LINE}\`: 1 added, 1 removed, 0 terms changed.`);
    expect(check().summary).toContain('| removed | `A11` | Childhood asthma |');
  });

  test('events that were lost lose nothing: looking finds what was merged', async () => {
    const number = await propose(asthma);
    await review(number, checker);
    await review(number, governor);
    const app = world.sandbox.state.apps.named('sallyport')!;
    world.sandbox.state.apps.setWebhook(app, { url: 'http://127.0.0.1:1/webhooks', secret: SECRET });
    await merge(number);
    world.sandbox.state.apps.setWebhook(app, { url: `${world.hub.url}/webhooks`, secret: SECRET });
    expect(await published()).toBe(false);
    await lookAtRegistry(world.hub.room);
    expect(await published()).toBe(true);
  });

  test('a hub that dies while it publishes has published nothing, and the next look does it once', async () => {
    const number = await propose(asthma);
    await review(number, checker);
    await review(number, governor);
    for (const dying of [
      /into codelist_entries/,
      /into ledger_leaves/,
      /into steward_tasks/,
      /into codelist_pulls/,
    ]) {
      database.faults.at = (statement) => dying.test(statement);
      if (dying.source.includes('entries')) await merge(number);
      else await expect(lookAtRegistry(world.hub.room)).rejects.toThrow();
      delete database.faults.at;
      expect(await published()).toBe(false);
    }
    await lookAtRegistry(world.hub.room);
    await lookAtRegistry(world.hub.room);
    expect(await published()).toBe(true);
    expect((await world.ledger()).filter(({ subject }) => subject === `codelist:${LINE}`)).toHaveLength(1);
  });

  test('the registry is no study: nothing of it is checked as one', async () => {
    await propose(asthma);
    await checkMissedHeads(world.hub.room);
    await world.settle();
    expect(new Set(world.runs('', NAME).map(({ name }) => name))).toEqual(new Set(['sallyport/codelists']));
  });

  test('a pull request that changes no list needs no signature', async () => {
    await propose({ 'README.md': '# Lists\n' });
    expect(check()).toMatchObject({ conclusion: 'success', title: 'No codelist changes' });
  });
});
