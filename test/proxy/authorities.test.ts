/** Authorities that proxy.yml names: what cannot be one stops the start, before anybody outside is asked. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { newKeyPair } from '../../src/lib/keys.ts';
import { startProxy } from '../../src/proxy.ts';
import { readAuthorities, readProxySettings } from '../../src/proxy/proxy.ts';
import { newAuthority } from '../hosts/support/authority.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'sallyport-authorities-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const SETTINGS = ['github.ca_file', 'images.ca_file', 'packages.ca_file'] as const;

/** Path of a proxy.yml in which `own.pem` is the authority of this setting. */
function naming(setting: (typeof SETTINGS)[number]): string {
  const own = (name: string): string => (setting === `${name}.ca_file` ? ', ca_file: own.pem' : '');
  const { cert } = newAuthority().issue('egress.example.edu', 'archive.egress.example.edu');
  writeFileSync(path.join(dir, 'c.pem'), cert);
  const file = path.join(dir, 'proxy.yml');
  writeFileSync(
    file,
    `origin: https://egress.example.edu
listen: {port: 8443}
tls: {cert_file: c.pem, key_file: k.pem, client_ca_file: zone.pem}
github: {app_id: 4711, private_key_file: app.pem${own('github')}}
governance: {repository: 9001, owner: northshire-research, name: governance, commit: ${'a'.repeat(40)}}
state_dir: state
hub: {key: '${newKeyPair().publicText}'}
images: {token_hosts: []${own('images')}}
packages:
  {archives: [{host: archive.egress.example.edu, upstream: https://mirror.example.org/ubuntu, suites: [noble], components: [main]}]${own('packages')}}
`,
  );
  return file;
}

test.each(SETTINGS)('%s that is not there, no file or no certificate', async (setting) => {
  const file = naming(setting);
  const place = path.join(dir, 'own.pem');
  const says = async (): Promise<string> => {
    const error: unknown = await startProxy(file).catch((one: unknown) => one);
    return (error as Error).message.replace(place, '<place>');
  };
  const remedy =
    'Put there, in PEM and readable for the proxy, what the authority handed out, or correct the setting. (proxy.authority)';

  expect(await says()).toBe(`${setting} in proxy.yml names <place>, which cannot be read. ${remedy}`);
  mkdirSync(place);
  expect(await says()).toBe(`${setting} in proxy.yml names <place>, which cannot be read. ${remedy}`);
  rmSync(place, { recursive: true });
  writeFileSync(place, 'an authority\n');
  expect(await says()).toBe(
    `${setting} in proxy.yml names <place>, which is no certificate in PEM. ${remedy}`,
  );
});

test.each(SETTINGS)('%s that is one is taken, with whatever else is in the file', (setting) => {
  const settings = readProxySettings(naming(setting));
  const both = `${newAuthority().cert}${newAuthority().cert}`;
  writeFileSync(path.join(dir, 'own.pem'), both);

  expect(readAuthorities(settings)).toEqual({ [setting.replace('.ca_file', '')]: Buffer.from(both) });
});

test('a list of withdrawn certificates that is none stops the start; without an authority it is a fault', async () => {
  const file = naming('images.ca_file');
  writeFileSync(path.join(dir, 'own.pem'), newAuthority().cert);
  const text = readFileSync(file, 'utf8').replace('client_ca_file: zone.pem', '$&, crl_file: crl.pem');
  writeFileSync(file, text);
  const refused = (why: string): RegExp =>
    new RegExp(
      `^tls\\.crl_file in proxy\\.yml names .*crl\\.pem, which ${why}\\. .*\\(proxy\\.authority\\)$`,
    );

  await expect(startProxy(file)).rejects.toThrow(refused('cannot be read'));
  writeFileSync(path.join(dir, 'crl.pem'), newAuthority().cert);
  await expect(startProxy(file)).rejects.toThrow(refused('is no list of withdrawn certificates in PEM'));
  writeFileSync(file, text.replace(' client_ca_file: zone.pem,', ''));
  expect(() => readProxySettings(file)).toThrow(
    'tls.crl_file: nobody is asked for a certificate that could be withdrawn: give tls.client_ca_file',
  );
});
