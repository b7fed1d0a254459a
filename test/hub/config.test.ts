import { afterAll, expect, test } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readHubConfig } from '../../src/hub-config.ts';
import { newKeyPair, writePrivateKey } from '../../src/lib/keys.ts';
import { scratchFolder } from '../support/database.ts';

const dir = scratchFolder('hub-config');
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const GOOD = `github:
  origin: https://github.com
  app_id: 4711
  private_key_file: app.pem
  webhook_secret_files: [webhook.secret]
governance:
  repository: {id: 9001, owner: northshire-research, name: governance}
  pinned: ${'a'.repeat(40)}
hub:
  origin: https://hub.example.edu
  key_file: hub.key
  listen: {host: 127.0.0.1, port: 8080}
data: data
`;
writeFileSync(
  join(dir, 'app.pem'),
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs1', format: 'pem' }),
  { mode: 0o600 },
);
writeFileSync(join(dir, 'webhook.secret'), 'a-long-enough-secret\n', { mode: 0o600 });
writePrivateKey(join(dir, 'hub.key'), newKeyPair());

function read(text: string, env = {}) {
  const file = join(dir, 'hub.yml');
  writeFileSync(file, text);
  try {
    return readHubConfig(file, env);
  } catch (error) {
    return (error as Error).message.replaceAll(dir, 'DIR');
  }
}

test("a whole file is read, with GitHub's limits unless it says otherwise", () => {
  expect(read(GOOD)).toMatchObject({
    github: { appId: 4711, webhookSecrets: ['a-long-enough-secret'] },
    governance: { branch: 'main' },
    origin: 'https://hub.example.edu',
    dataDir: join(dir, 'data'),
    writes: { perSecond: 1, creationsPerMinute: 80, creationsPerHour: 400 },
  });
  expect(read(`${GOOD}writes: {per_second: 50, update_gap_ms: 0}\n`)).toMatchObject({
    writes: { perSecond: 50, updateGapMs: 0, creationsPerMinute: 80 },
  });
  expect(read(GOOD, { DATABASE_URL: 'postgres://x/y' })).toMatchObject({ databaseUrl: 'postgres://x/y' });
});

test('every fault is told at once, with where to get the right value', () => {
  expect(
    read(
      'github: {origin: https://github.com, app_id: abc, private_key_file: a, webhook_secret_files: []}\nhubb: 1\n',
    ),
  ).toMatchInlineSnapshot(`
   "hub.yml cannot be used:
   - github.app_id: Invalid input: expected number, received string. Get it from: the App's settings page, "App ID".
   - github.webhook_secret_files: Too small: expected array to have >=1 items. Get it from: the App's settings page, "Webhook secret"; save the same text in a file; while rotating, the new one first.
   - governance.repository.id is missing. Get it from: https://api.github.com/repos/OWNER/NAME, "id".
   - governance.repository.owner is missing. Get it from: the organisation that owns the governance repository.
   - governance.repository.name is missing. Get it from: the name of the governance repository.
   - governance.pinned is missing. Get it from: "git rev-parse HEAD" in a clone of the governance repository that you have read.
   - hub.origin is missing. Get it from: the address under which agents and browsers reach this hub.
   - hub.key_file is missing. Get it from: "sallyport keygen --out FILE"; its public line goes into each zone.yml.
   - hub.listen is missing. Get it from: an address and port of this machine.
   - data: Invalid input: expected string, received undefined. Get it from: a folder of the hub's own user.
   - hubb: no such setting.
    docs/install/hub.md shows a whole one. (hub.config)"
  `);
});

test('files that are missing, open to others or no keys are told at once', () => {
  chmodSync(join(dir, 'webhook.secret'), 0o644);
  writeFileSync(join(dir, 'other.pem'), 'not a key', { mode: 0o600 });
  const told = read(
    GOOD.replace('app.pem', 'other.pem')
      .replace('hub.key', 'none.key')
      .replace('https://hub.example.edu', 'http://hub.example.edu'),
  );
  chmodSync(join(dir, 'webhook.secret'), 0o600);
  expect(told).toMatchInlineSnapshot(`
   "hub.yml cannot be used:
   - hub.key_file: The key DIR/none.key cannot be read. Make one with "sallyport keygen". (key.missing)
   - github.private_key_file: this is no RSA private key in PEM form. Get it from: the App's settings page, "Private keys", "Generate a private key".
   - DIR/webhook.secret can be read by other users. Run: chmod 600 DIR/webhook.secret
   - hub.origin: http://hub.example.edu is neither https nor this machine. Use https; plain http is for loopback addresses only.
    docs/install/hub.md shows a whole one. (hub.config)"
  `);
});

test('people sign in with a client id and a secret, or not at all', () => {
  writeFileSync(join(dir, 'client.secret'), 'abcdef\n', { mode: 0o600 });
  const id = '  client_id: Iv23example\n';
  const secret = '  client_secret_file: client.secret\n';
  const withSettings = (more: string) => read(GOOD.replace('governance:\n', `${more}governance:\n`));

  expect(withSettings(id + secret)).toMatchObject({
    github: { signIn: { clientId: 'Iv23example', clientSecret: 'abcdef' } },
  });
  expect((read(GOOD) as { github: object }).github).not.toHaveProperty('signIn');
  expect(withSettings(id)).toContain(
    'github.client_secret_file is missing: people sign in with both or not at all. Get it from: the App\'s settings page, "Client secrets"',
  );
  expect(withSettings(secret)).toContain('github.client_id is missing');
  chmodSync(join(dir, 'client.secret'), 0o640);
  expect(withSettings(id + secret)).toContain('DIR/client.secret can be read by other users');
});

test('the address of a browser is believed of named proxies only', () => {
  const listening = (more: string) => read(GOOD.replace('port: 8080}\n', `port: 8080}\n${more}`));

  expect(read(GOOD)).toMatchObject({ trustedProxies: [] });
  expect(listening('  trusted_proxies: [127.0.0.1, "10.0.0.0/8", "::1"]\n')).toMatchObject({
    trustedProxies: ['127.0.0.1', '10.0.0.0/8', '::1'],
  });
  expect(listening('  trusted_proxies: [everybody]\n')).toContain('hub.trusted_proxies');
});

test("the steward's key is pinned, with the next one beside it while it changes", () => {
  const [key, next] = [newKeyPair().publicText, newKeyPair().publicText];
  expect(read(GOOD)).not.toHaveProperty('stewardKeys');
  expect(read(`${GOOD}steward: {key: '${key}'}\n`)).toMatchObject({ stewardKeys: [key] });
  expect(read(`${GOOD}steward: {key: '${key}', next_key: '${next}'}\n`)).toMatchObject({
    stewardKeys: [key, next],
  });
  expect(read(`${GOOD}steward: {key: nothing}\n`)).toContain('steward.key: this is no ed25519:… key');
});

test('the public log has a key of its own, and beside it the next one while it changes', () => {
  writePrivateKey(join(dir, 'log.key'), newKeyPair());
  writePrivateKey(join(dir, 'log-next.key'), newKeyPair());
  const log = (settings: string) => read(`${GOOD}ledger: {${settings}}\n`);

  expect(read(GOOD)).not.toHaveProperty('ledger');
  expect(log('key_file: log.key')).toMatchObject({
    ledger: { origin: 'hub.example.edu/log', signers: [{ name: 'hub.example.edu/log' }] },
  });
  expect(log('key_file: log.key, next_key_file: log-next.key, origin: log.example.edu')).toMatchObject({
    ledger: {
      origin: 'log.example.edu',
      signers: [{ name: 'log.example.edu' }, { name: 'log.example.edu' }],
    },
  });
  expect(log('key_file: hub.key')).toContain("ledger.key_file: this is the hub's own key.");
  expect(log('key_file: log.key, next_key_file: none.key')).toContain(
    'ledger.next_key_file: The key DIR/none.key cannot be read.',
  );
  expect(log('key_file: log.key, origin: a log')).toContain(
    'ledger.origin: an address without scheme, spaces or +.',
  );
  expect(log('origin: log.example.edu')).toContain('ledger.key_file: Invalid input');
});
