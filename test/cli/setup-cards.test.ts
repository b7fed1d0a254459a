/** Cards that come, or say something else, after a host was answered for; and lists of withdrawn certificates. */
import { afterAll, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import { readZoneFile } from '../../agent/agent.ts';
import { newKeyPair } from '../../src/lib/keys.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import { readProxySettings } from '../../src/proxy/settings.ts';
import { newAuthority } from '../hosts/support/authority.ts';
import { selfSigned } from '../support/certificate.ts';
import { runSetup } from '../support/setup.ts';

const root = mkdtempSync(path.join(tmpdir(), 'setup-cards-'));
const at = (...names: string[]): string => path.join(root, ...names);
const user = userInfo().username;
const key = newKeyPair().publicText;
afterAll(() => rmSync(root, { recursive: true, force: true }));

function write(name: string, text: string): string {
  mkdirSync(path.dirname(at(name)), { recursive: true });
  writeFileSync(at(name), text, { mode: 0o600 });
  return at(name);
}

function hubCard(host: string, origin: string): void {
  const app = { id: 4711, slug: 'sallyport', client_id: 'none' };
  const github = 'https://github.com';
  const log = 'research.example.edu/log+1234abcd+key';
  const card = { role: 'hub', github, organisation: 'northshire-research', origin, key, app, log_key: log };
  write(`${host}/cards/hub.yml`, stringify(card));
  const place = { repository: 9001, owner: 'northshire-research', name: 'governance', branch: 'main' };
  const commit = '1'.repeat(40);
  write(`${host}/cards/governance.yml`, stringify({ role: 'governance', github, ...place, commit }));
}
const proxyCard = (host: string, images: boolean, origin = 'https://egress.example.edu') =>
  write(`${host}/cards/proxy.yml`, stringify({ role: 'proxy', origin, images }));

const HUB = 'https://research.example.edu';
const zone = (host: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  ...{ backend: 'attainment', hub_origin: HUB, proxy_origin: 'https://egress.example.edu' },
  ...{ agent_user: user, agent_state_dir: at('state', host), units: 'none' },
  ...more,
});
function pullOf(host: string): unknown {
  const read = readZoneFile(at(host, 'zone.yml'));
  return isRefusal(read) ? read : read.images;
}

test('a card that comes later is gone by where nobody had said otherwise, and that is told once', async () => {
  await runSetup('agent', at('later'), zone('later'));
  hubCard('later', HUB);
  proxyCard('later', true);

  const { out } = await runSetup('agent', at('later'), undefined);
  expect(out).toContain(
    '! images_pull: cards say proxy now, and the answer was never. What cards say is taken',
  );
  expect(pullOf('later')).toMatchObject({ pull: 'proxy' });
  expect((await runSetup('agent', at('later'), undefined)).out).not.toContain('cards say');

  // And back, when the proxy lets no images through any more.
  proxyCard('later', false);
  expect((await runSetup('agent', at('later'), undefined)).out).toContain('cards say never now');
  expect(pullOf('later')).not.toMatchObject({ pull: 'proxy' });
});

test('who answers otherwise than the card keeps it, also when it is answered again by nobody', async () => {
  hubCard('own', HUB);
  proxyCard('own', true);
  await runSetup('agent', at('own'), zone('own', { images_pull: 'never' }));
  const { out } = await runSetup('agent', at('own'), undefined);

  expect(out).not.toContain('cards say');
  expect(pullOf('own')).not.toMatchObject({ pull: 'proxy' });
});

test('what somebody said before there was a card stays when the card comes, and that is told once', async () => {
  await runSetup('agent', at('said'), zone('said', { images_pull: 'never' }));
  await runSetup('agent', at('said'), undefined);
  hubCard('said', HUB);
  proxyCard('said', true);

  const { out } = await runSetup('agent', at('said'), undefined);
  expect(out).toMatch(/! images_pull: cards say proxy now, and the answer was never\. That is kept/);
  expect(pullOf('said')).not.toMatchObject({ pull: 'proxy' });
  expect((await runSetup('agent', at('said'), undefined)).out).not.toContain('cards say');
});

test('an answer unlike its card stays where nobody knows what the card said: before an upgrade, after a torn file', async () => {
  hubCard('unknown', HUB);
  proxyCard('unknown', true);
  await runSetup(
    'agent',
    at('unknown'),
    zone('unknown', { images_pull: 'never', hub_origin: 'https://inside.example.edu' }),
  );
  rmSync(at('unknown', 'setup', 'zone.cards.yml'));

  const { out } = await runSetup('agent', at('unknown'), undefined);
  expect(out).toMatch(/! images_pull: cards say proxy now, and the answer was never\. That is kept/);
  expect(pullOf('unknown')).not.toMatchObject({ pull: 'proxy' });
  expect(readFileSync(at('unknown', 'zone.yml'), 'utf8')).toContain('url: https://inside.example.edu');
});

test('an answer that differed from its card already is kept when the card changes, and that is told', async () => {
  hubCard('differs', HUB);
  await runSetup('agent', at('differs'), zone('differs', { hub_origin: 'https://inside.example.edu' }));
  hubCard('differs', 'https://moved.example.edu');

  const { out } = await runSetup('agent', at('differs'), undefined);
  expect(out).toMatch(
    /! hub_origin: cards say https:\/\/moved\S+ now, and the answer was https:\/\/inside\S+ That is kept/,
  );
  expect(readFileSync(at('differs', 'zone.yml'), 'utf8')).toContain('url: https://inside.example.edu');
});

test('a hub that moved is followed with the key and the address of the same card', async () => {
  hubCard('moved', HUB);
  await runSetup('agent', at('moved'), zone('moved'));
  hubCard('moved', 'https://moved.example.edu');

  const shown = await runSetup('agent', at('moved'), undefined, { dryRun: true });
  expect(shown.out).toContain('hub_origin: cards say https://moved.example.edu now');
  // A dry run remembers nothing.
  const { out } = await runSetup('agent', at('moved'), undefined);
  expect(out).toContain('hub_origin: cards say https://moved.example.edu now');
  expect(readFileSync(at('moved', 'zone.yml'), 'utf8')).toContain('url: https://moved.example.edu');
});

test('half of what is remembered of cards is told', async () => {
  write('torn/setup/zone.cards.yml', 'hub_origin: [');
  await expect(runSetup('agent', at('torn'), zone('torn'))).rejects.toThrow(
    /zone\.cards\.yml, which setup wrote, cannot be used: it is no YAML\. Remove it.*setup\.torn/,
  );
});

const zones = newAuthority();
const door = selfSigned('egress.example.edu');
const boundary = (given: Record<string, string>): Record<string, string> => ({
  proxy_origin: 'https://egress.example.edu',
  tls_cert_file: write('egress.pem', door.cert),
  tls_key_file: write('egress.key', door.key),
  client_ca_file: write('zones.pem', zones.cert),
  ...{ user, state_dir: at('state', 'proxy'), units: 'none' },
  ...given,
});

test('the proxy is given the list of certificates that are withdrawn', async () => {
  hubCard('boundary', HUB);
  const list = write('withdrawn.pem', zones.withdraw([zones.issue('lost.example.edu').cert]));
  await runSetup('proxy', at('boundary'), boundary({ client_crl_file: list }));
  expect(readProxySettings(at('boundary', 'proxy.yml')).tls).toMatchObject({ crl_file: list });

  await runSetup('proxy', at('boundary'), { client_crl_file: '' });
  expect(readProxySettings(at('boundary', 'proxy.yml')).tls?.crl_file).toBeUndefined();
});

test.each([
  ['none', () => write('none.pem', zones.cert), /is no list of withdrawn certificates/],
  ['not there', () => at('nowhere.pem'), /There is no file/],
])(
  'a list of withdrawn certificates that is %s is refused before the proxy starts with it',
  async (_is, list, says) => {
    await expect(runSetup('proxy', at('no-list'), boundary({ client_crl_file: list() }))).rejects.toThrow(
      says,
    );
  },
);
