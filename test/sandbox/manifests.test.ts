/** Registering an App from a manifest, as GitHub documents it: a code works once, and for an hour. */
import { expect, test } from '@jest/globals';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fixedClock } from '../../src/lib/clock.ts';
import { isFailure, startSandbox, type Sandbox } from '../../src/sandbox/github/github.ts';

const clock = fixedClock('2026-11-21T09:00:00Z');
const POSTED = {
  url: 'https://hub.example.org',
  redirect_url: 'http://127.0.0.1:9/back',
  default_permissions: { checks: 'write' },
  default_events: ['check_run'],
};

async function withSandbox(work: (github: Sandbox) => Promise<void>): Promise<void> {
  const github = await startSandbox({
    dataDir: mkdtempSync(path.join(tmpdir(), 'manifests-')),
    clock,
    seed: {
      users: [
        { login: 'olive', id: 100 },
        { login: 'wes', id: 101 },
      ],
      orgs: [{ login: 'acme', id: 900, members: { olive: 'admin', wes: 'member' } }],
    },
  });
  await work(github).finally(() => github.stop());
}

const register = ({ state }: Sandbox, login: string, name: string) =>
  state.manifests.register(state.people.org('acme')!, state.people.user(login)!, POSTED, {
    name,
    state: 'of-mine',
  });
const convert = (github: Sandbox, code: string | null) =>
  fetch(`${github.url}/api/v3/app-manifests/${code}/conversions`, { method: 'POST' });

test('the code becomes an App with its secrets once, and the key that comes with it signs for the App', () =>
  withSandbox(async (github) => {
    const to = new URL(String(register(github, 'olive', 'First App')));
    expect(to.searchParams.get('state')).toBe('of-mine');

    const done = await convert(github, to.searchParams.get('code'));
    const app = (await done.json()) as Record<string, unknown>;
    expect(done.status).toBe(201);
    expect(app).toMatchObject({
      slug: 'first-app',
      webhook_secret: null,
      permissions: { checks: 'write', metadata: 'read' },
    });
    expect(String(app['pem'])).toContain('BEGIN RSA PRIVATE KEY');
    expect((await convert(github, to.searchParams.get('code'))).status).toBe(404);
  }));

test('after an hour it is a code of nothing', () =>
  withSandbox(async (github) => {
    const to = new URL(String(register(github, 'olive', 'Late App')));
    clock.advance(3_600_001);
    expect((await convert(github, to.searchParams.get('code'))).status).toBe(404);
    expect((await convert(github, 'made-up')).status).toBe(404);
  }));

test('members make no App for their organisation, and no two Apps have one name', () =>
  withSandbox(async (github) => {
    expect(register(github, 'wes', 'An App')).toMatchObject({ status: 404 });
    expect(isFailure(register(github, 'olive', 'An App'))).toBe(false);
    expect(register(github, 'olive', 'an app')).toMatchObject({ errors: ['Name is already taken'] });
    expect(register(github, 'olive', 'x'.repeat(35))).toMatchObject({
      errors: [expect.stringContaining('too long')],
    });
  }));

test.each([
  ['no JSON', 'x{', /no JSON/],
  ['a list', '[]', /Invalid manifest/],
  ['no address', '{"redirect_url":"http://127.0.0.1:9/"}', /url/],
  ['nowhere to go back to', '{"url":"https://a.example"}', /redirect_url/],
  [
    'a hook without an address',
    '{"url":"https://a.example","redirect_url":"http://127.0.0.1:9/","hook_attributes":{}}',
    /Hook url/,
  ],
])('a manifest with %s is refused', async (_what, text, expected) => {
  await withSandbox(async (github) => {
    const read = github.state.manifests.read(text);
    expect(JSON.stringify(read)).toMatch(expected);
    expect(isFailure(read)).toBe(true);
  });
});
