/** The data folder holds everything: a restart goes on where it was. */
import { expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSeed, startSandbox } from '../../src/sandbox/github/github.ts';
import { callApi, seed, world } from './world.ts';

const S = '/repos/acme/study';

test('people, tokens, issues, checks, refs and deliveries are there after a restart, and numbers go on', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'sandbox-restart-'));
  try {
    const first = await world({ dataDir });
    const token = await first.installationToken();
    const wes = first.tokens['wes'];
    await first.call('POST', `${S}/issues`, { as: wes, body: { title: 'one', labels: ['bug'] } });
    const { data } = await first.call('GET', `${S}/commits/main`, { as: token });
    const sha = String(data['sha']);
    await first.call('POST', `${S}/check-runs`, {
      as: token,
      body: { name: 'a', head_sha: sha, conclusion: 'neutral' },
    });
    await first.state.idle();
    first.state.faults.add({ kind: 'hold', next: 1 });
    await first.call('POST', `${S}/issues/1/comments`, { as: wes, body: { body: 'never heard' } });
    await first.stop();

    const second = await world({ dataDir });
    try {
      expect(second.tokens['wes']).toBe(wes);
      expect((await second.call('GET', `${S}/issues/1`, { as: token })).data['title']).toBe('one');
      expect(
        (await second.call('POST', `${S}/issues`, { as: wes, body: { title: 'two' } })).data['number'],
      ).toBe(2);
      expect((await second.call('GET', `${S}/commits/main`, { as: token })).data['sha']).toBe(sha);
      expect(
        (await second.call('GET', `${S}/commits/main/check-runs`, { as: token })).data['total_count'],
      ).toBe(1);
      await second.state.idle();
      const { text } = await second.call('GET', '/app/hook/deliveries', { as: await second.jwt() });
      const listed = JSON.parse(text) as { event: string; action: string | null; status: string }[];
      expect(listed.map((one) => [one.event, one.action, one.status])).toEqual([
        ['issues', 'opened', 'OK'],
        ['issue_comment', 'created', 'failed to connect to host'],
        ['check_suite', 'completed', 'OK'],
        ['check_run', 'completed', 'OK'],
        ['check_run', 'created', 'OK'],
        ['issues', 'labeled', 'OK'],
        ['issues', 'opened', 'OK'],
      ]);
    } finally {
      await second.stop();
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
});

test('planting again changes nothing but where webhooks go and what Apps ask for', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'sandbox-restart-'));
  try {
    const first = await startSandbox({ dataDir, seed: seed('http://127.0.0.1:1/old') });
    const org = first.state.people.org('acme');
    const [wes, app] = [first.state.people.user('wes'), first.state.apps.named('sally')];
    if (org && wes) first.state.people.setMember(org, wes, undefined, null);
    await first.stop();

    const second = await startSandbox({
      dataDir,
      seed: seed('http://127.0.0.1:1/new', { default_permissions: { issues: 'read' } }),
    });

    expect(second.state.apps.named('sally')).toMatchObject({
      id: app?.id,
      webhook: { url: 'http://127.0.0.1:1/new' },
      permissions: { issues: 'read' },
    });
    expect(second.state.data.installations.get(9001)?.permissions).toMatchObject({ checks: 'write' });
    expect([
      second.state.data.users.size,
      second.state.data.repos.size,
      second.state.data.orgs.get(500)?.teams.size,
    ]).toEqual([7, 2, 2]);
    await second.stop();
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
});

test('credentials are readable by their owner alone', async () => {
  const github = await world();
  for (const file of [github.credentialsFile, github.apps['sally']?.privateKeyFile ?? ''])
    expect(statSync(file).mode & 0o077).toBe(0);
  expect(JSON.parse(readFileSync(github.credentialsFile, 'utf8'))).toMatchObject({
    url: github.url,
    tokens: github.tokens,
  });
  await github.stop();
});

test('a seed file is checked, and its paths are its own', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sandbox-seed-'));
  try {
    const file = join(folder, 'seed.yml');
    writeFileSync(
      file,
      'users: [{login: a}]\nrepos: [{owner: a, name: r, folder: study}]\napps: [{slug: s, owner: a, manifest: app.yml}]\n',
    );
    expect(readSeed(file)).toMatchObject({
      repos: [{ folder: join(folder, 'study') }],
      apps: [{ manifest: join(folder, 'app.yml') }],
    });
    writeFileSync(file, 'users: [{login: a, colour: red}]\n');
    expect(() => readSeed(file)).toThrow(/colour.*\(sandbox\.seed\)/s);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('as a process it says where it is, and ends with everything on disk', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sandbox-process-'));
  try {
    writeFileSync(
      join(folder, 'seed.json'),
      JSON.stringify({ users: [{ login: 'a' }], repos: [{ owner: 'a', name: 'r', files: { x: 'y' } }] }),
    );
    const child = spawn(
      process.execPath,
      [
        join(import.meta.dirname, '../../src/cli/bin.js'),
        'sandbox',
        '--data',
        join(folder, 'data'),
        '--seed',
        join(folder, 'seed.json'),
      ],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    const line = await new Promise<string>((resolve) =>
      child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString('utf8'))),
    );
    const { url, credentials } = JSON.parse(line) as { url: string; credentials: string };
    const { tokens } = JSON.parse(readFileSync(credentials, 'utf8')) as { tokens: Record<string, string> };
    expect(
      (
        await callApi(`${url}/api/v3`, 'POST', '/repos/a/r/issues', {
          as: tokens['a'],
          body: { title: 'kept' },
        })
      ).status,
    ).toBe(201);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(readFileSync(join(folder, 'data', 'state.json'), 'utf8')).toContain('"kept"');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
