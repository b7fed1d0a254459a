/** `packages` in proxy.yml: each fault is told with its place and what to do; what apt would not accept stops the start. */
import { expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { newKeyPair } from '../../src/lib/keys.ts';
import { parseSettings } from '../../src/lib/settings.ts';
import { startProxy } from '../../src/proxy.ts';
import { proxySettings, readProxySettings } from '../../src/proxy/proxy.ts';
import { newAuthority } from '../hosts/support/authority.ts';

const START = `origin: https://egress.example.edu
listen: {port: 8443}
github: {app_id: 4711, private_key_file: app.pem}
governance: {repository: 9001, owner: northshire-research, name: governance, commit: ${'a'.repeat(40)}}
state_dir: state
hub: {key: '${newKeyPair().publicText}'}
`;
const TLS = 'tls: {cert_file: c.pem, key_file: k.pem, client_ca_file: zone.pem}\n';
const ARCHIVE =
  '{host: archive-ubuntu.egress.example.edu, upstream: https://mirror.example.org/ubuntu/, suites: [noble], components: [main]}';
const packages = (archive = ARCHIVE, more = ''): string => `packages: {archives: [${archive}]${more}}\n`;

const faults = (text: string): string[] => {
  const answer = parseSettings(text, proxySettings);
  return 'faults' in answer ? answer.faults.map((fault) => fault.replace(/^\d+:\d+ /, '')) : [];
};

test('what is left out has its standard, and files are looked for beside proxy.yml', () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'sallyport-settings-'));
  const file = path.join(dir, 'proxy.yml');
  writeFileSync(file, `${START}${TLS}${packages(ARCHIVE, ', ca_file: mirror.pem')}`);

  expect(readProxySettings(file).packages).toEqual({
    archives: [
      {
        host: 'archive-ubuntu.egress.example.edu',
        upstream: 'https://mirror.example.org/ubuntu',
        suites: ['noble'],
        components: ['main'],
        redirect_hosts: [],
      },
    ],
    private_hosts: [],
    ca_file: path.join(dir, 'mirror.pem'),
  });
  writeFileSync(file, START);
  expect(readProxySettings(file)).not.toHaveProperty('packages');
  rmSync(dir, { recursive: true });
});

test('packages need a door that wants certificates', () => {
  const fault =
    'packages: apt shows who it is by a certificate: give tls.client_ca_file, the authority of the zone’s clients';
  expect(faults(`${START}${packages()}`)).toEqual([fault]);
  expect(faults(`${START}${TLS.replace(', client_ca_file: zone.pem', '')}${packages()}`)).toEqual([fault]);
  expect(faults(`${START}${TLS}${packages()}`)).toEqual([]);
});

test.each([
  [
    'host: archive-ubuntu.egress.example.edu',
    'host: egress.example.edu',
    'host: this is the name of the proxy itself (origin); give the archive a name of its own',
  ],
  [
    'host: archive-ubuntu.egress',
    'host: Archive.egress',
    'host: write a host name in lower case, without a port',
  ],
  [
    'egress.example.edu,',
    'egress.example.edu:8443,',
    'host: write a host name in lower case, without a port',
  ],
  [
    'https://mirror',
    'http://mirror',
    'upstream: write an address like https://mirror.example.org/ubuntu: https, in plain words',
  ],
  [
    'ubuntu/',
    'a/../ubuntu',
    'upstream: write an address like https://mirror.example.org/ubuntu: https, in plain words',
  ],
  [
    'ubuntu/',
    'ubuntu?x=1',
    'upstream: write an address like https://mirror.example.org/ubuntu: https, in plain words',
  ],
  [
    'https://mirror',
    'https://a:b@mirror',
    'upstream: write an address like https://mirror.example.org/ubuntu: https, in plain words',
  ],
  [
    'mirror.example.org',
    '10.0.0.1',
    'upstream: this is no public address; add it to packages.private_hosts if it is meant',
  ],
  ['[noble]', "['../x']", 'suites.0: write a suite, like noble-updates'],
  ['[main]', "['main/x']", 'components.0: write a component, like main'],
  ['components: [main]', 'redirect_hosts: []', 'components: this setting is missing'],
  [
    'components: [main]',
    'components: [main], redirect_hosts: [https://x]',
    'redirect_hosts.0: write a host name in lower case, with :port where it is not 443',
  ],
  ['suites', 'releases: [], suites', 'releases: there is no such setting'],
])('%s → %s', (from, to, fault) => {
  expect(faults(`${START}${TLS}${packages(ARCHIVE.replace(from, to))}`)).toEqual([
    `packages.archives.0.${fault}`,
  ]);
});

test('two archives of one name, none at all, and a mirror inside that is meant', () => {
  expect(faults(`${START}${TLS}${packages(`${ARCHIVE}, ${ARCHIVE}`)}`)).toEqual([
    'packages.archives.1.host: another archive has this name; give each one a name of its own',
  ]);
  expect(faults(`${START}${TLS}packages: {archives: []}\n`)[0]).toMatch(/^packages\.archives: /);
  const inside = ARCHIVE.replace('mirror.example.org', '10.0.0.1');
  expect(faults(`${START}${TLS}${packages(inside, ', private_hosts: [10.0.0.1]')}`)).toEqual([]);
});

test('a certificate without an archive’s name stops the start, and says which name', async () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'sallyport-names-'));
  const { cert } = newAuthority().issue('egress.example.edu');
  writeFileSync(path.join(dir, 'c.pem'), cert);
  writeFileSync(path.join(dir, 'proxy.yml'), `${START}${TLS}${packages()}`);

  await expect(startProxy(path.join(dir, 'proxy.yml'))).rejects.toThrow(
    /does not have the name archive-ubuntu\.egress\.example\.edu.*tls\.cert_file.*\(proxy\.package-certificate\)/,
  );
  rmSync(dir, { recursive: true });
});
