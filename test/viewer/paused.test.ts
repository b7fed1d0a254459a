/** The viewer while everything behind it stands still: also in a browser that had a page and a file open. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { FrozenHere, WorkspaceFilePage } from '../../agent/airlock/face.ts';
import { APP, ask, CONTENT, setStage, Surfer, type Stage } from './stage.ts';

const KIM = 202;
let stage: Stage;
let kim: Surfer;
let frozen: FrozenHere | undefined;
beforeAll(async () => {
  stage = await setStage({ room: { paused: () => frozen, workspaceFile: async () => PAGE } });
  stage.people.set(KIM, { login: 'kim-example', name: 'kim', roles: ['checker'] });
  stage.files.set('output/table.csv', {
    bytes: Buffer.from('a,b\n'),
    content: 'text',
    path: 'output/table.csv',
  });
  kim = new Surfer(stage);
  await kim.signIn(KIM);
});
afterAll(() => stage.stop());

const PAGE = {
  workspace: 'ws',
  path: 'output/table.csv',
  size: 4,
  sha256: 'a'.repeat(64),
} as unknown as WorkspaceFilePage;

const bytes = (path: string) =>
  ask(stage.content, path, {
    host: new URL(CONTENT).host,
    headers: { 'sec-fetch-dest': 'empty', 'sec-fetch-site': 'cross-site', origin: APP },
  });

test.each<[string, FrozenHere, RegExp]>([
  [
    'governance',
    { scope: { kind: 'all' }, running: 'stop', at: 0, by: 'governance' },
    /The viewer is paused by governance/,
  ],
  [
    'governance, of the backend alone',
    { scope: { kind: 'backend', id: 'attainment' }, running: 'stop', at: 0, by: 'governance' },
    /The backend &quot;attainment&quot; is paused by governance/,
  ],
  [
    "the zone's operator",
    { scope: { kind: 'all' }, running: 'stop', at: 0, by: 'zone' },
    /paused by the operator of this zone/,
  ],
])(
  'paused by %s, it shows since when and nothing else, and afterwards all is as before',
  async (_by, on, said) => {
    expect((await kim.get('/')).status).toBe(200);
    const token = kim.token;

    frozen = on;

    for (const path of ['/', '/workspaces/ws/files/output/table.csv', '/queue', '/sign-in', '/account']) {
      const page = await kim.get(path);
      expect([page.status, page.headers['retry-after']]).toEqual([503, '60']);
      expect(page.text).toMatch(said);
      expect(page.text).toContain('1970-01-01 00:00 UTC');
      expect(page.text).not.toContain('table.csv');
    }
    kim.token = token;
    expect((await kim.post('/requests/x/sign', { verdict: 'submit' })).status).toBe(503);
    expect(stage.commands).toEqual([]);
    const answer = await bytes('/c/anything');
    expect([answer.status, answer.text]).toEqual([503, 'Paused']);

    frozen = undefined;
    expect((await kim.get('/')).status).toBe(200);
  },
);
