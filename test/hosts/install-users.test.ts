/** What `sallyport setup` does as root: a user of the role's own, folders and keys that are theirs, a unit with this host's places. */
import { afterAll, expect } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { userNamed } from '../../src/cli/setup/files.ts';
import { requires } from '../support/require.ts';
import { runSetup } from '../support/setup.ts';

const { test } = requires('root');
const root = mkdtempSync(path.join(tmpdir(), 'install-users-'));
const user = `sptest${process.pid}`;
const at = (...names: string[]): string => path.join(root, ...names);

afterAll(() => {
  spawnSync('userdel', [user], { stdio: 'ignore' });
  rmSync(root, { recursive: true, force: true });
});

const answers = {
  organisation: 'northshire-research',
  hub_origin: 'https://research.example.edu',
  app: 'existing',
  app_id: '4711',
  client_id: '',
  database: 'given',
  user,
  state_dir: at('state'),
  units: 'systemd',
  unit_dir: at('units'),
};

test('a user without shell or home is made once; state and keys are theirs alone, settings are root’s', async () => {
  chmodSync(root, 0o711);
  expect(userNamed(user)).toBeUndefined();
  const first = await runSetup('hub', at('etc'), answers);
  const them = userNamed(user);

  expect(first.out).toContain(`+ user ${user}`);
  expect(execFileSync('getent', ['passwd', user]).toString()).toMatch(
    /:\/nonexistent:\/usr\/sbin\/nologin$/m,
  );
  expect(statSync(at('state'))).toMatchObject({ uid: them?.uid, gid: them?.gid });
  expect(statSync(at('state')).mode & 0o777).toBe(0o700);
  expect(statSync(at('etc', 'hub.key'))).toMatchObject({ uid: them?.uid });
  expect(statSync(at('etc')).uid).toBe(0);
  expect((await runSetup('hub', at('etc'), undefined)).out).toContain(`= user ${user}`);
});

test('what a person brought is given to the user, and closed', async () => {
  writeFileSync(at('etc', 'app.pem'), 'not looked at here', { mode: 0o644 });
  writeFileSync(at('etc', 'webhook.secret'), 'a secret of more than sixteen', { mode: 0o644 });
  const brought = await runSetup('hub', at('etc'), undefined);

  expect(brought.out).toContain(`~ ${at('units', 'sallyport-hub.service')}`);
  for (const name of ['app.pem', 'webhook.secret']) {
    expect(statSync(at('etc', name)).mode & 0o777).toBe(0o600);
    expect(statSync(at('etc', name)).uid).toBe(userNamed(user)?.uid);
  }
});

test('the unit names this host’s places and user, and no credential that is not there', async () => {
  await runSetup('hub', at('etc'), undefined);
  const unit = readFileSync(at('units', 'sallyport-hub.service'), 'utf8');

  expect(unit).toContain(`User=${user}\nGroup=${user}`);
  expect(unit).toContain(`ReadWritePaths=${at('state')}`);
  expect(unit).toContain(`--config ${at('etc', 'hub.yml')}`);
  expect(unit).toContain(`LoadCredential=app.pem:${at('etc', 'app.pem')}`);
  expect(unit).not.toContain('client.secret');
  expect(unit).not.toMatch(/\/(?:etc|var\/lib|opt)\/sallyport/);
});
