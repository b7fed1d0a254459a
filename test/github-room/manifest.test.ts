import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { EVENTS, missingPermissions, PERMISSIONS } from '../../src/github/manifest.ts';

const manifest = parse(readFileSync(new URL('../../app.yml', import.meta.url), 'utf8')) as {
  default_permissions: Record<string, string>;
  default_events: string[];
};

test('app.yml asks for exactly what the App uses', () => {
  expect(manifest.default_permissions).toEqual(PERMISSIONS);
  expect(manifest.default_events).toEqual([...EVENTS]);
});

test('every permission and event is explained to the person who installs the App', () => {
  const page = readFileSync(new URL('../../docs/install/github-app.md', import.meta.url), 'utf8');
  for (const name of [...Object.keys(PERMISSIONS), ...EVENTS]) expect(page).toContain(`\`${name}\``);
});

test('what an installation has not accepted is named', () => {
  expect(missingPermissions({ ...PERMISSIONS })).toEqual([]);
  expect(missingPermissions({ ...PERMISSIONS, issues: 'read', members: undefined })).toEqual([
    'issues: write',
    'members: read',
  ]);
});
