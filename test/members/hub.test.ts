/** The same on a whole hub: a viewer's code and a released file, from the airlock's call to the browser. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { isoTime } from '../../src/lib/clock.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { randomIds } from '../../src/lib/ids.ts';
import { AirlockClient } from '../../src/protocol/protocol.ts';
import { onOneDatabase, type TestDatabase } from '../support/database.ts';
import { edited, KEYS, PEOPLE, PROJECT, REPOSITORY } from '../support/governance.ts';
import { aDeclaration, aShownRelease, aWorkspace, REQUEST, TABLE, value } from '../support/outputs.ts';
import { aWorld, type World } from '../support/world.ts';
import { Browser, hiddenFields } from './world.ts';

const SECOND_CHECKER = `    - {id: ${PEOPLE.governor}, until: 2027-01-31, reason: rota, ref: GOV-118}\n`;
const NUMBER = '482913';

onOneDatabase((open) => {
  let database: TestDatabase;
  let world: World;
  let airlock: AirlockClient;
  beforeEach(async () => {
    database = await open();
    const governance = edited({
      'teams.yml': ['- role: governance\n', `${SECOND_CHECKER}- role: governance\n`],
    });
    world = await aWorld({ database, governance });
    airlock = new AirlockClient({
      hub: world.hub.url,
      airlock: 'attainment',
      backend: 'attainment',
      key: KEYS.viewer.privateKey,
      hubKeys: [world.hubKey.publicKey],
      clock: world.clock,
      ids: randomIds,
    });
  });
  afterEach(() => world.stop());
  const signedIn = async (role: 'lead' | 'collaborator' | 'checker'): Promise<Browser> => {
    const browser = new Browser(world.hub.url, world.sandbox);
    await browser.signIn(role);
    return browser;
  };

  test('the number of a viewer becomes three words, and the words the person who got them, once', async () => {
    const session = randomIds.id();
    const { address } = value(await airlock.startSignIn(session, NUMBER));
    expect(address).toBe(`${world.hub.url}/airlock-login`);
    const browser = await signedIn('lead');
    const question = await browser.get(`/airlock-login?number=${NUMBER}`);
    expect(question.text).toContain('Pupil attainment warehouse');

    const answer = await browser.post('/airlock-login', hiddenFields(question.text, '/airlock-login'));
    const code = /data-testid="code">([^<]+)</.exec(answer.text)?.[1] ?? '';

    expect(code).toMatch(/^[a-z]+ [a-z]+ [a-z]+$/);
    expect(await airlock.redeem(randomIds.id(), code)).toMatchObject({ code: 'sign-in.refused' });
    expect(await airlock.redeem(session, code)).toMatchObject({ person: PEOPLE.lead });
    expect(await airlock.redeem(session, code)).toMatchObject({ code: 'sign-in.refused' });
    expect((await browser.get(`/airlock-login?number=${NUMBER}`)).status).toBe(404);
  });

  test('a viewer that one person claimed is not found by the next', async () => {
    value(await airlock.startSignIn(randomIds.id(), NUMBER));
    const first = await signedIn('lead');
    await first.submit(`/airlock-login?number=${NUMBER}`, '/airlock-login');
    const second = await signedIn('lead');
    expect((await second.get(`/airlock-login?number=${NUMBER}`)).status).toBe(200);
    value(await airlock.startSignIn(randomIds.id(), '111222'));
    const other = await signedIn('checker');
    expect((await other.get('/airlock-login?number=111222')).status).toBe(200);
    expect((await other.get(`/airlock-login?number=${NUMBER}`)).status).toBe(404);
  });

  test('files that the airlock released are there for members when the last has arrived, until they are recalled', async () => {
    const workspace = 'study-main';
    await aWorkspace(database, workspace, 'attainment', REPOSITORY);
    const subject = { workspace, project: PROJECT, repository: REPOSITORY, author: PEOPLE.lead };
    const at = world.clock.now();
    const shown = aShownRelease({ ...subject, createdAt: at });
    value(await airlock.report({ answers: [], shown: [shown], newBrowsers: [] }));
    const [table] = aDeclaration().files;
    const approvals = [PEOPLE.checker, PEOPLE.governor].map((checker) => ({
      checker,
      key: sha256(`key of ${checker}`),
    }));
    const { protocol: _, ...declared } = aDeclaration({ ...subject, files: [{ ...table!, approvals }] });
    value(await airlock.declare(declared));
    const path = `/releases/${REQUEST}-1`;
    const member = await signedIn('collaborator');
    expect((await member.get(path)).status).toBe(404);

    value(await airlock.upload(`${REQUEST}-1`, 1, TABLE));

    expect((await member.get('/releases')).text).toContain(path);
    expect((await member.get(`${path}/files/1/download`)).bytes).toEqual(TABLE);
    const fact = await new Browser(world.hub.url, world.sandbox).get(path);
    expect(fact.text).toContain('Pupil attainment warehouse');
    expect(fact.text).not.toContain('table.csv');
    const taken = (await world.ledger()).at(-1);
    expect(JSON.stringify(taken)).toContain('download');
    expect(JSON.stringify(taken)).not.toContain('table.csv');

    const recalled = {
      ...shown,
      version: 12,
      state: 'revoked' as const,
      batches: [{ number: 1, state: 'released' as const, recalled: [1] }],
      events: [
        {
          seq: 12,
          at,
          what: 'recalled',
          by: null,
          state: 'revoked',
          category: 'disclosure',
          batch: 1,
          file: 1,
        } as const,
      ],
    };
    value(await airlock.report({ answers: [], shown: [recalled], newBrowsers: [] }));
    expect((await member.get(`${path}/files/1/download`)).status).toBe(404);
    const { text } = await member.get(path);
    expect(text).toContain('Delete every copy of it');
    expect(text).toContain(isoTime(at).slice(0, 10));
    expect(text).not.toContain('table.csv');
  });

  test('a first sign-in from a new browser in a viewer stands on the account page', async () => {
    const at = world.clock.now();
    const browsers = [{ id: randomIds.id(), person: PEOPLE.lead, at }];
    value(await airlock.report({ answers: [], shown: [], newBrowsers: browsers }));
    const { text } = await (await signedIn('lead')).get('/account');
    expect(text).toContain('If one of these was not you');
  });

  test('pages do not stand in the way of GitHub, zones and the health check', async () => {
    const open = (path: string, method = 'GET') => fetch(world.hub.url + path, { method });
    expect((await open('/healthz')).status).toBe(200);
    expect((await open('/webhooks', 'POST')).status).toBeGreaterThanOrEqual(400);
    expect((await open('/zone/v1/airlock/poll', 'POST')).status).toBe(401);
    expect(await (await open('/no-such-page')).json()).toHaveProperty('message');
    const page = await fetch(`${world.hub.url}/no-such-page`, { headers: { accept: 'text/html' } });
    expect([page.status, page.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
  });
});
