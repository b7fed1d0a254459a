/** From a viewer's number to three words, and who gets none. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { minutes } from '../../src/lib/clock.ts';
import { refusal } from '../../src/lib/refusal.ts';
import { mayEnterZone } from '../../src/members/members.ts';
import { onOneDatabase } from '../support/database.ts';
import { aGovernance, AT, edited, PEOPLE } from '../support/governance.ts';
import { hiddenFields, hubPages, type Browser, type HubPages, type Role } from './world.ts';

const NUMBER = '482913';
const PATH = '/airlock-login';

onOneDatabase((open) => {
  let hub: HubPages;
  beforeEach(async () => {
    hub = await hubPages(await open());
    hub.outputs.waiting.set(NUMBER, { backend: 'attainment', startedAt: AT - minutes(2) });
  });
  afterEach(async () => {
    expect(hub.state.faults).toEqual([]);
    await hub.stop();
  });
  const ask = (browser: Browser, number = NUMBER) =>
    browser.get(`${PATH}?number=${encodeURIComponent(number)}`);
  /** The refusal as it stands on the page: without what differs between people. */
  const told = (text: string): string => /<div class="flash[\s\S]*?<\/div>/.exec(text)?.[0] ?? '';

  test('number, zone and time are repeated before the code is shown, once', async () => {
    const browser = await hub.as('lead');
    const question = (await ask(browser, ' 482 913 ')).text;
    for (const shown of ['482 913', 'Pupil attainment warehouse', 'attainment', '2026-10-01 11:58 UTC'])
      expect(question).toContain(shown);
    expect(question).toContain('If somebody sent you the number or a link');
    expect(hub.outputs.codes).toEqual([]);

    const answer = await browser.post(PATH, hiddenFields(question, PATH));

    expect(answer.status).toBe(200);
    expect(answer.text).toContain('amber castle river');
    expect(answer.text).toContain('2026-10-01 12:10 UTC');
    expect(answer.headers.get('cache-control')).toBe('private, no-store');
    expect(hub.outputs.codes).toEqual([{ person: PEOPLE.lead, number: NUMBER }]);
    expect((await hub.log()).at(-1)).toMatchObject({ what: 'SIGN_IN_CODE', person: PEOPLE.lead });
    expect(hub.logs.join('') + JSON.stringify(await hub.log())).not.toContain('amber');
    expect((await browser.get('/account')).text).not.toContain('amber');
  });

  test('nobody gets a code without saying that the number is theirs, from a page of ours', async () => {
    const browser = await hub.as('lead');
    const fields = hiddenFields((await ask(browser)).text, PATH);
    const { _token, ...rest } = fields;

    const statuses = [
      (await browser.post(PATH, rest)).status,
      (await browser.post(PATH, fields, { 'sec-fetch-site': 'cross-site' })).status,
      (await hub.browser().post(PATH, fields)).status,
      (await browser.get(`${PATH}?number=${NUMBER}&started=${fields['started']}&_token=${_token}`)).status,
    ];

    expect(statuses).toEqual([403, 403, 403, 200]);
    expect(hub.outputs.codes).toEqual([]);
  });

  test('a viewer that asked later with the same number is not the one that was confirmed', async () => {
    const browser = await hub.as('lead');
    const fields = hiddenFields((await ask(browser)).text, PATH);
    hub.outputs.waiting.set(NUMBER, { backend: 'attainment', startedAt: AT });

    const answer = await browser.post(PATH, fields);

    expect([answer.status, hub.outputs.codes]).toEqual([404, []]);
    expect(answer.text).toContain('sign-in.refused');
  });

  test('every no is one and the same', async () => {
    const [lead, stranger] = [await hub.as('lead'), await hub.as('stranger')];
    const answers = [
      await ask(lead, '000000'),
      await ask(lead, 'abcdef'),
      await ask(lead, '48291'),
      await ask(lead, '４８２９１３'),
      await ask(stranger),
      await stranger.submit('/account', '/logout').then(async () => ask(await hub.as('governor'))),
    ];
    hub.outputs.face.signInPending = async () => refusal('sign-in.too-many', 'Too many.');
    answers.push(await ask(lead));
    hub.state.governance = aGovernance(edited({ 'backends.yml': ['alert_after: PT5M', 'active: false'] }));
    answers.push(await ask(lead));

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([404]));
    expect(new Set(answers.map(({ text }) => told(text))).size).toBe(1);
    expect(told(answers[0]?.text ?? '')).toContain('sign-in.refused');
  });

  test('what the room of outputs refuses at the last moment reads the same', async () => {
    const browser = await hub.as('lead');
    const fields = hiddenFields((await ask(browser)).text, PATH);
    hub.outputs.face.giveCode = async () => refusal('sign-in.too-many', 'Too many codes were tried.');
    const late = await browser.post(PATH, fields);
    expect(told(late.text)).toBe(told((await ask(browser, '000000')).text));
    expect(late.text).not.toContain('Too many');
  });

  test('ten wrong numbers in ten minutes, then even the right one is not found', async () => {
    const browser = await hub.as('lead');
    for (let n = 0; n < 10; n += 1) expect((await ask(browser, `00000${n}`)).status).toBe(404);
    expect((await ask(browser)).status).toBe(404);
    expect((await ask(await hub.as('lead'))).status).toBe(404);

    hub.clock.advance(minutes(10));
    expect((await ask(browser)).status).toBe(200);
  });

  test('a prefetch of the link neither asks nor counts', async () => {
    const browser = await hub.as('lead');
    for (let n = 0; n < 12; n += 1) await browser.get(`${PATH}?number=000000`, {}, 'HEAD');
    expect((await ask(browser)).status).toBe(200);
  });

  test('a link with a number goes through the sign-in and comes back with it', async () => {
    const browser = hub.browser();
    const away = await ask(browser);
    expect(away.location).toBe(`/login?next=${encodeURIComponent(`${PATH}?number=${NUMBER}`)}`);
    const next = new URL(away.location, hub.origin).searchParams.get('next') ?? '';
    expect((await browser.signIn('lead', next)).location).toBe(`${PATH}?number=${NUMBER}`);
  });

  test.each<[Role, boolean]>([
    ['lead', true],
    ['checker', true],
    ['collaborator', false],
    ['copilot', false],
    ['governor', false],
    ['stranger', false],
  ])('%s has something to see in the zone: %p', async (role, may) => {
    expect((await ask(await hub.as(role))).status).toBe(may ? 200 : 404);
  });
});

const enters = (person: keyof typeof PEOPLE, governance = aGovernance(), backend = 'attainment') =>
  mayEnterZone(governance, PEOPLE[person], backend, AT);

test('a member needs their own grant of the backend as well as a role', () => {
  const granted = edited({
    'people.yml': [
      'login: sam-example, name: Sam Example,',
      'login: sam-example, name: Sam Example, training: {course: s, passed: 2026-02-03, expires: 2029-02-03}, agreement: {ref: D, expires: 2027-08-31}, backends: [{id: attainment, until: 2027-08-31}],',
    ],
  });
  expect([enters('copilot'), enters('copilot', aGovernance(granted))]).toEqual([false, true]);
  const ended = edited({
    'people.yml': [
      'backends: [{id: attainment, until: 2027-08-31}]',
      'backends: [{id: attainment, from: 2026-11-01, until: 2027-08-31}]',
    ],
  });
  expect(enters('lead', aGovernance(ended))).toBe(false);
});

test.each(['training', 'agreement'] as const)('a member without %s has nothing to see', (what) => {
  const governance = structuredClone(aGovernance());
  const lead = governance.people.find(({ id }) => id === PEOPLE.lead)!;
  expect(enters('lead', governance)).toBe(true);
  lead[what]!.expires = '2026-09-30';
  expect(enters('lead', governance)).toBe(false);
});

test('nobody enters a zone that their projects do not use, or that does not exist', () => {
  expect([enters('lead', aGovernance(), 'rehearsal'), enters('lead', aGovernance(), 'nowhere')]).toEqual([
    false,
    false,
  ]);
});

test('a checker limited to other organisations has nothing to see', () => {
  const elsewhere = edited({ 'teams.yml': ['orgs: [riverside-university]', 'orgs: [elsewhere]'] });
  expect(enters('checker', aGovernance(elsewhere))).toBe(false);
});

test('an operator of the deployment sees the zone without a project', () => {
  const operator = edited({ 'teams.yml': ['role: governance', 'role: deployment_operator'] });
  expect([enters('governor'), enters('governor', aGovernance(operator))]).toEqual([false, true]);
});
