/** Large folders and large picks, over HTTP and a real room. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AirlockWorld, COMMIT, WHO, WORKSPACE } from '../support/airlock.ts';
import { AIRLOCK_MIGRATIONS, ownDatabase } from '../support/database.ts';
import { KEYS, REPOSITORY } from '../support/governance.ts';
import { openAirlock, type AirlockRoom } from '../../agent/airlock/airlock.ts';
import { signManifest, type ManifestEntry } from '../../agent/store/manifest.ts';
import { setStage, Surfer, type Stage } from './stage.ts';

const MANY = 100_000;

describe('a workspace of a hundred thousand files', () => {
  let stage: Stage;
  let world: AirlockWorld;
  let rowan: Surfer;
  let room: AirlockRoom;
  let agentState: string;
  beforeAll(async () => {
    const database = await ownDatabase(AIRLOCK_MIGRATIONS);
    world = await AirlockWorld.open(database);
    // A folder that comes after the room is not watched: nothing is checked here, so that only listing is told of.
    agentState = mkdtempSync(join(tmpdir(), 'sallyport-test-large-'));
    room = await openAirlock({ ...world.parts, agentState });
    const metadata = join(agentState, 'workspaces', WORKSPACE, 'medium', 'metadata');
    mkdirSync(metadata, { recursive: true });
    const manifest = signManifest(manyFiles(world.clock.now()), KEYS.agent);
    writeFileSync(join(metadata, 'manifest.json'), JSON.stringify(manifest));
    // It is read beside; until then there is nothing to list.
    while ((await room.workspaces(WHO.author)).length === 0) await new Promise(setImmediate);
    stage = await setStage({ limits: { requests: 100_000, signIns: 1000 }, room });
    stage.people.set(WHO.author, { login: 'rowan-example', name: 'Rowan', roles: ['member'] });
    rowan = new Surfer(stage);
    await rowan.signIn(WHO.author);
  }, 120_000);
  afterAll(async () => {
    await stage.stop();
    await room.close();
    rmSync(agentState, { recursive: true, force: true });
    await world.close();
    await world.database.close();
  });

  const tree = (query = '') => rowan.get(`/workspaces/${WORKSPACE}/tree/output${query}`);
  const rows = (text: string) => [...text.matchAll(/name="path" value="([^"]+)"/g)].map(([, path]) => path);
  const pick = (fields: Record<string, string | string[]>) =>
    rowan.post(`/workspaces/${WORKSPACE}/pick`, { dir: 'output', ...fields });

  test('every page of it is small, whatever is asked', async () => {
    for (const query of [
      '',
      '?sort=size&order=down',
      '?search=99',
      '?from=99900',
      '?from=99999999',
      '?stale=1&sort=date',
    ]) {
      const { status, text } = await tree(query);
      expect(status).toBe(200);
      expect(Buffer.byteLength(text)).toBeLessThan(100_000);
      expect(rows(text).length).toBeLessThanOrEqual(100);
    }
    expect((await tree()).text).toContain(`of ${MANY}`);
    expect((await tree('?search=file-000042')).text).toContain('1–1 of 1<');
  });

  test('everything can be picked at once, and nothing', async () => {
    const answer = await pick({ then: 'all' });
    expect(answer.status).toBe(303);
    expect((await tree()).text).toContain(`${MANY} files picked`);
    const dialog = await rowan.get(`/workspaces/${WORKSPACE}/add`);
    expect(dialog.text).toContain(`Add ${MANY} files to a request`);
    expect(Buffer.byteLength(dialog.text)).toBeLessThan(100_000);

    await pick({ then: 'none' });
    expect((await tree()).text).toContain('0 files picked');
  });

  test('ticks of one page stay while the next is turned, and unticking takes away', async () => {
    const [first = '', second = ''] = rows((await tree()).text) as string[];
    const turned = await pick({ from: '0', path: [first, second], then: 'page:100' });
    expect(turned.headers.location).toBe(`/workspaces/${WORKSPACE}/tree/output?from=100`);
    const [other = ''] = rows((await tree('?from=100')).text) as string[];
    await pick({ from: '100', path: other, then: 'page:0' });
    expect((await tree()).text).toContain('3 files picked');

    await pick({ from: '0', path: [first], then: 'page:100' });
    expect((await tree()).text).toContain('2 files picked');
    const text = (await tree()).text;
    expect(text).toMatch(new RegExp(`value="${first}" checked`));
    await pick({ then: 'none' });
  });

  test('a folder that a job took away leads to the nearest one that is there', async () => {
    const answer = await rowan.get(`/workspaces/${WORKSPACE}/tree/output/gone/deeper`);
    expect([answer.status, answer.headers.location]).toEqual([303, `/workspaces/${WORKSPACE}/tree/output`]);
    expect((await tree()).text).toContain('That folder is gone.');
  });

  test('what somebody else picked is not mine', async () => {
    await pick({ then: 'all' });
    const other = new Surfer(stage);
    await other.signIn(WHO.author);
    expect((await other.get(`/workspaces/${WORKSPACE}/tree/output`)).text).toContain('0 files picked');
    await pick({ then: 'none' });
  });
});

function manyFiles(at: number) {
  const outputs: Record<string, ManifestEntry> = {};
  for (let n = 0; n < MANY; n += 1) {
    outputs[`output/file-${String(n).padStart(6, '0')}-of-a-name-of-usual-length.csv`] = {
      level: 'moderately_sensitive',
      job_id: 'job0000000000001',
      job_request: 'req0000000000001',
      action: 'tables',
      user: WHO.author,
      repo: 'https://github.com/northshire-research/study',
      commit: COMMIT,
      size: n,
      timestamp: at,
      content_hash: String(n).padStart(64, '0'),
      excluded: false,
      message: null,
      row_count: null,
      col_count: null,
    };
  }
  return {
    workspace: WORKSPACE,
    repo: 'https://github.com/northshire-research/study',
    repository: REPOSITORY,
    branch: 'main',
    sequence: 1,
    previous: null,
    outputs,
    jobs: {},
  };
}
