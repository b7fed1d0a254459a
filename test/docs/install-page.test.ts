/** What docs/install/README.md has people type is there; test/hosts/booted.test.ts types it. */
import { expect, test } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { program } from '../../src/cli/program.ts';
import { HOST_ROLES } from '../../src/cli/doctor/host.ts';
import { SETUP_ROLES } from '../../src/cli/setup/role.ts';

const page = readFileSync('docs/install/README.md', 'utf8');
const commands = [...page.matchAll(/^```sh\n([^]*?)^```/gm)].flatMap(([, block = '']) =>
  block.split('\n').filter((line) => line.startsWith('sallyport ')),
);

test('every role is looked at by its doctor after it was started', () => {
  const told = commands.flatMap((line) => /^sallyport doctor (\w+)/.exec(line)?.[1] ?? []);
  expect(told).toEqual(HOST_ROLES.filter((role) => told.includes(role)));
  expect([...told].sort()).toEqual([...HOST_ROLES].sort());
  for (const role of HOST_ROLES)
    expect(page).toMatch(
      new RegExp(`systemctl enable --now [^\n]*sallyport-${role}\\b[^]*sallyport doctor ${role}\\b`),
    );
});

test('every command and option on the page is one', () => {
  for (const line of [
    ...commands,
    ...[...page.matchAll(/`sallyport ([^`]+)`/g)].map(([, rest = '']) => `sallyport ${rest}`),
  ]) {
    const [, name = '', role] = line.split(/\s+/);
    const command = program().commands.find((one) => one.name() === name);
    expect([line, command?.name()]).toEqual([line, name]);
    if (name === 'setup' && role && !role.startsWith('<')) expect(SETUP_ROLES).toContain(role);
    for (const option of line.match(/--[a-z-]+/g) ?? [])
      expect(command?.options.map(({ long }) => long)).toContain(option);
  }
});

test('every unit and file that the page has people copy is shipped', () => {
  for (const [, unit = ''] of page.matchAll(/\b(sallyport-(?:hub|steward|proxy|agent|airlock))\b/g))
    expect(existsSync(path.join('docs/install/files', `${unit}.service`))).toBe(true);
  for (const [, file = ''] of page.matchAll(/\/opt\/sallyport\/(docs\/\S+)/g))
    expect(existsSync(file)).toBe(true);
});
