/** Nobody is registered who is not the account that GitHub knows by this number and this name, or who is no person. */
import { expect, test } from '@jest/globals';
import {
  accountFindings,
  peopleToCompare,
  readGovernance,
  type SeenAccount,
} from '../../src/governance/governance.ts';
import { aGovernance, governanceFiles, PEOPLE } from '../support/governance.ts';

const text = governanceFiles().get('people.yml')!;
const g = aGovernance();
const login = g.people.find(({ id }) => id === PEOPLE.lead)!.login;
const told = (seen: Map<number, SeenAccount | undefined>, of = text): string[] =>
  accountFindings(
    of,
    g.people.filter(({ id }) => id === PEOPLE.lead),
    seen,
  ).map(({ severity, code, message, path, line }) => `${severity} ${path}:${line} ${code} ${message}`);
const line = text.slice(0, text.indexOf(`${PEOPLE.lead}`)).split('\n').length;
const loginLine = text.slice(0, text.indexOf(login)).split('\n').length;
const as = (type: string, name = login) => new Map([[PEOPLE.lead, { login: name, type }]]);

test('who is new, or called otherwise than before, is compared, and nobody else', () => {
  const ids = (people: readonly { id: number }[]) => people.map(({ id }) => id);
  expect(peopleToCompare(g, g)).toEqual([]);
  expect(ids(peopleToCompare(undefined, g))).toEqual(ids(g.people));
  const [first, ...others] = g.people;
  expect(ids(peopleToCompare({ ...g, people: others }, g))).toEqual([first!.id]);
  const renamed = { ...g, people: [{ ...first!, login: 'another' }, ...others] };
  expect(ids(peopleToCompare(g, renamed))).toEqual([first!.id]);
});

test('a person under their own number and name is no fault, in whatever case the name is written', () => {
  expect(told(as('User'))).toEqual([]);
  expect(told(as('User', login.toUpperCase()))).toEqual([]);
});

test.each([
  ['Bot', 'a program'],
  ['Organization', 'an organisation'],
  ['Mannequin', 'a program'],
])('an account of the kind %s is refused as a person', (type, called) => {
  expect(told(as(type))).toEqual([
    `error people.yml:${line} governance.account-no-person The account ${PEOPLE.lead} is no person: GitHub calls it ${called}.`,
  ]);
});

test('a number that nobody has, and a name that is another’s, are faults on their line', () => {
  expect(told(new Map([[PEOPLE.lead, undefined]]))).toEqual([
    `error people.yml:${line} governance.account-unknown GitHub knows no account with the id ${PEOPLE.lead}.`,
  ]);
  expect(told(as('User', 'somebody-else'))).toEqual([
    `error people.yml:${loginLine} governance.account-login The account ${PEOPLE.lead} is called "somebody-else" on GitHub, not "${login}".`,
  ]);
});

test('of more than can be asked about the rest is named, and stops nothing', () => {
  expect(told(new Map())).toEqual([
    `warning people.yml:${line} governance.account-not-asked GitHub was not asked who the account ${PEOPLE.lead} is.`,
  ]);
});

test('a text that is not the file it was read from has no places, and says nothing', () => {
  for (const other of ['', 'a: 1\n', '{'])
    expect(told(new Map([[PEOPLE.lead, undefined]]), other)).toEqual([]);
  expect(told(new Map([[PEOPLE.lead, undefined]]), '- null\n- {id: 1}\n')).toHaveLength(1);
  expect(told(new Map(), '- null\n')).toHaveLength(1);
});

test('an account that policies.yml lists as a program’s is nobody: who shares it is not one person', () => {
  const files = governanceFiles();
  const policies = files.get('policies.yml')!;
  const bots = `bots: [{id: ${PEOPLE.lead}, commit_emails: [machine@example.org]}]`;
  const review = /^review: \{/m.test(policies)
    ? policies.replace(/^review: \{/m, `review: {${bots}, `)
    : `${policies}review: {${bots}}\n`;
  files.set('policies.yml', review);
  const { governance, findings } = readGovernance(files, 'a'.repeat(40));
  expect(governance).toBeUndefined();
  expect(findings.filter(({ severity }) => severity === 'error')).toMatchObject([
    { path: 'people.yml', line, code: 'governance.account-machine' },
  ]);
});
