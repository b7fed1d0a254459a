/** With `wants: any` the protocol is still read: what git itself says passes, and nothing else. */
import { expect, test } from '@jest/globals';
import { gitRequestReader } from '../../src/proxy/git/request.ts';
import { anyWant } from '../../src/proxy/git/wants.ts';

const line = (text: string): string => `${(text.length + 5).toString(16).padStart(4, '0')}${text}\n`;
const listing = (...prefixes: string[]): string => {
  const reader = gitRequestReader(2, anyWant);
  const body = `${line('command=ls-refs')}0001${prefixes.map((prefix) => line(`ref-prefix ${prefix}`)).join('')}0000`;
  const refused = reader.push(Buffer.from(body)) ?? reader.end();
  if (typeof refused !== 'string') return refused.code;
  return [...refused.matchAll(/ref-prefix ([^\n]+)/g)].map(([, prefix]) => prefix).join(' ');
};

test('for a branch git also asks for whatever its name could be short for: that is left out, and the branch is asked for', () => {
  const name = 'refs/heads/main';
  expect(
    listing(
      name,
      `refs/${name}`,
      `refs/tags/${name}`,
      `refs/heads/${name}`,
      `refs/remotes/${name}`,
      `refs/remotes/${name}/HEAD`,
    ),
  ).toBe(name);
  expect(listing('HEAD')).toBe('HEAD');
  expect(listing()).toBe('HEAD refs/heads/ refs/tags/');
});

test('refs of other kinds are not listed for anybody', () => {
  for (const prefix of ['refs/pull/1/head', 'refs/', 'refs/notes/', 'refs/heads'])
    expect(listing('refs/heads/main', prefix)).toBe('proxy.git-ref');
});
