/** Building a request over HTTP and a real room: every form of the page, and who may not use it. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { aTable, AirlockWorld, WHO, WORKSPACE, type Name } from '../support/airlock.ts';
import { AIRLOCK_MIGRATIONS, ownDatabase } from '../support/database.ts';
import { setStage, Surfer, type Stage } from './stage.ts';

const [A, B, C] = ['output/a.csv', 'output/b.csv', 'output/notes.txt'] as const;

describe('building a request', () => {
  let stage: Stage;
  let world: AirlockWorld;
  let rowan: Surfer;
  let id: string;
  beforeAll(async () => {
    const database = await ownDatabase(AIRLOCK_MIGRATIONS);
    const files = { [A]: aTable(1), [B]: aTable(2), [C]: 'Linear model, 118000 pupils.\n' };
    world = await AirlockWorld.open(database, { files });
    stage = await setStage({ limits: { requests: 100_000, signIns: 1000 }, room: world.room });
    rowan = await someone('author');
  });
  afterAll(async () => {
    await stage.stop();
    await world.close();
    await world.database.close();
  });

  async function someone(who: Name): Promise<Surfer> {
    stage.people.set(WHO[who], { login: who, name: who, roles: ['member'] });
    const browser = new Surfer(stage);
    await browser.signIn(WHO[who]);
    return browser;
  }
  const edit = (deed: string, fields: Record<string, string | string[]>, by = rowan) =>
    by.post(`/requests/${id}/edit/${deed}`, fields);
  const page = async () => (await rowan.get(`/requests/${id}/edit`)).text;
  const file = async (path: string) => (await world.state(id)).files.find((each) => each.path === path);
  const codeOf = (text: string) => /data-testid="refusal" data-code="([^"]+)"/.exec(text)?.[1];

  test('picked files start a draft, outputs and supporting files told apart', async () => {
    await rowan.post(`/workspaces/${WORKSPACE}/pick`, { then: 'add', dir: 'output', path: [A, B, C] });
    const answer = await rowan.post(`/workspaces/${WORKSPACE}/add`, {
      'new-group': 'Absence',
      'as:0': 'output',
      'as:1': 'output',
      'as:2': 'supporting',
    });
    id = /\/requests\/([a-z0-9]{16})\/edit/.exec(String(answer.headers.location))?.[1] ?? '';

    expect(await file(A)).toMatchObject({ group: 'Absence', type: 'output' });
    expect(await file(C)).toMatchObject({ group: 'Absence', type: 'supporting' });
    expect((await rowan.get(`/workspaces/${WORKSPACE}/add`)).text).toContain('No file is picked');
  });

  test('what cannot be added is named with its reason, and the rest is done', async () => {
    await rowan.post(`/workspaces/${WORKSPACE}/pick`, {
      then: 'add',
      dir: 'output',
      path: [A, 'output/none.csv', '../../etc/passwd'],
    });
    const answer = await rowan.post(`/workspaces/${WORKSPACE}/add`, { request: id, group: 'Absence' });

    expect(answer.status).toBe(409);
    expect(answer.text).toContain('release.file-exists');
    expect(answer.text).not.toContain('root:');
    await rowan.post(`/workspaces/${WORKSPACE}/pick`, { then: 'none' });
  });

  test('context and controls are kept as typed, and shown again as text', async () => {
    const context = 'First line\n<script>alert(1)</script> & "more"';
    await edit('explain', {
      group: 'Absence',
      context: context.replace('\n', '\r\n'),
      threshold: '7',
      base: '5',
      method: 'rounding',
      controls: 'All rounded.',
    });

    const [group] = (await world.state(id)).groups;
    expect(group).toMatchObject({
      context,
      controls: { threshold: 7, base: 5, method: 'rounding', text: 'All rounded.' },
    });
    expect(await page()).toContain('&lt;script>alert(1)');
    await edit('explain', {
      group: 'Absence',
      context,
      threshold: '-1',
      base: '5e3',
      method: 'none',
      controls: '',
    });
    expect((await world.state(id)).groups[0]?.controls).toMatchObject({ threshold: null, base: null });
  });

  test('ticked files are moved, retyped, updated and taken off together', async () => {
    await edit('files', { path: [A, B], deed: 'move', 'new-group': 'Second group' });
    expect([(await file(A))?.group, (await file(B))?.group, (await file(C))?.group]).toEqual([
      'Second group',
      'Second group',
      'Absence',
    ]);
    await edit('files', { path: [A, C], deed: 'output' });
    expect([(await file(A))?.type, (await file(C))?.type]).toEqual(['output', 'output']);
    await edit('files', { path: [C], deed: 'supporting' });

    const before = (await file(A))?.sha256;
    world.job({ [A]: aTable(9) });
    expect((await rowan.get(`/workspaces/${WORKSPACE}`)).text).toContain('data-testid="changed"');
    expect((await rowan.post(`/workspaces/${WORKSPACE}/update`, { request: id })).status).toBe(303);
    expect((await file(A))?.sha256).not.toBe(before);
    expect(codeOf((await edit('files', { path: [B], deed: 'update' })).text)).toBe('release.not-updated');

    await edit('files', { path: [B], deed: 'withdraw' });
    expect(await file(B)).toBeUndefined();
  });

  test.each([
    ['files', { deed: 'move', 'new-group': 'x' }],
    ['files', { path: A, deed: 'move' }],
    ['files', { path: A, deed: 'explode' }],
    ['accept-policy', { version: '1' }],
    ['co-author', { person: 'x' }],
  ])('a form of %s that misses something says what', async (deed, fields) => {
    const answer = await edit(deed, fields as Record<string, string>);
    expect([answer.status, codeOf(answer.text)]).toEqual([409, 'viewer.choice']);
  });

  test('nobody but its authors edits it: not a member of the project, not a checker, not a stranger', async () => {
    const before = JSON.stringify(await world.state(id));
    for (const who of ['copilot', 'checkerA', 'stranger', 'operator1'] as const) {
      const other = await someone(who);
      const seen = await other.get(`/requests/${id}/edit`);
      expect([who, [303, 404].includes(seen.status)]).toEqual([who, true]);
      expect(seen.text).not.toContain('First line');
      for (const [deed, fields] of [
        ['explain', { group: 'Absence', context: 'theirs', method: 'none', controls: '' }],
        ['files', { path: A, deed: 'withdraw' }],
        ['submit', {}],
        ['withdraw', {}],
        ['comment', { group: 'Absence', text: 'theirs' }],
      ] as const) {
        // Whoever has no business in the zone does not get as far as the rules.
        const refused = who === 'stranger' ? 401 : 409;
        expect([who, deed, (await edit(deed, fields, other)).status]).toEqual([who, deed, refused]);
      }
    }
    expect(JSON.stringify(await world.state(id))).toBe(before);
  });

  test('a co-author who is named edits too', async () => {
    await edit('co-author', { person: String(WHO.coAuthor) });
    const robin = await someone('coAuthor');
    expect((await robin.get(`/requests/${id}/edit`)).status).toBe(200);
    const answer = await edit(
      'explain',
      { group: 'Absence', context: 'By both.', method: 'none', controls: 'None.' },
      robin,
    );
    expect(answer.status).toBe(303);
  });

  test('a submitted request leaves this page, and its withdrawal is one form away before', async () => {
    expect((await page()).includes('data-testid="withdraw"')).toBe(true);
    await edit('withdraw', {});
    expect((await world.state(id)).state).toBe('withdrawn');
    const after = await rowan.get(`/requests/${id}/edit`);
    expect([after.status, after.headers.location]).toEqual([303, `/requests/${id}`]);
  });

  test('a returned request says so, and asks for an answer in each group', async () => {
    id = await world.submitted([A]);
    const [first, second] = await world.checkers(id);
    await world.reviews(first!, id, 'changes');
    await world.reviews(second!, id, 'changes');
    await world.says(first!, id, 'Please <b>round</b> the counts.');
    await world.does(first!, id, 'return', { category: 'incomplete-context' });

    const text = await page();
    expect(text).toContain('The checkers sent the request back');
    expect(text).toContain('Please &lt;b>round&lt;/b> the counts.');
    expect(text).toContain('release.unanswered');
    const group = (await world.state(id)).groups[0]!.name;
    expect((await edit('comment', { group, text: 'Rounded.' })).status).toBe(303);
    expect(await page()).not.toContain('data-code="release.unanswered"');
  });
});
