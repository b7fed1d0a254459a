/** Keys, alerts and archived workspaces, as the log is told of them: each change once, and nothing of a person. */
import { expect, test } from '@jest/globals';
import { allTold, toldChanges, type Alert, type Governance } from '../../src/governance/governance.ts';
import { aGovernance } from '../support/governance.ts';

const ALERT: Alert = {
  id: 'maintenance',
  level: 'warning',
  title: 'Write to rowan@example.edu \u202Eabout it',
  text: 'The warehouse is away.',
  from: Date.parse('2027-03-01T00:00:00Z'),
  until: Date.parse('2027-03-02T00:00:00Z'),
};
const withAlerts = (...alerts: Alert[]): Governance => ({ ...aGovernance(), alerts });
const withKey = (change: Partial<Governance['backends'][number]['keys']>): Governance => {
  const g = aGovernance();
  return {
    ...g,
    backends: g.backends.map((b, at) => (at === 0 ? { ...b, keys: { ...b.keys, ...change } } : b)),
  };
};
const events = (before: Governance, after: Governance): string[] =>
  toldChanges(allTold(before), allTold(after)).map(
    ({ event, told }) => `${event} ${told.type} ${told.subject} ${JSON.stringify(told.body)}`,
  );

test('of the first version all is told, of the same one nothing', () => {
  const g = withAlerts(ALERT);
  const all = toldChanges(new Map(), allTold(g));
  const keys = g.backends.flatMap(({ keys: { agent, viewer } }) => [...agent, ...viewer]);
  expect(all.map(({ event }) => event)).toEqual(all.map(() => 'given'));
  expect(all).toHaveLength(keys.length + 1);
  expect(events(g, g)).toEqual([]);
});

test('an alert says its days, whom it is for, and nothing that is a person’s', () => {
  expect(events(withAlerts(), withAlerts(ALERT))).toEqual([
    expect.stringMatching(
      /^given alert maintenance \{"level":"warning","title":"Write to \(address\) \uFFFDabout it","text_sha256":"[0-9a-f]{64}","backends":\[\],"projects":\[\],"from":"2027-03-01T00:00:00\.000Z","until":"2027-03-02T00:00:00\.000Z"\}$/,
    ),
  ]);
  const scoped = { ...ALERT, scope: { backends: ['attainment'], projects: ['ns-2026-014'] } };
  expect(events(withAlerts(ALERT), withAlerts(scoped))).toEqual([
    expect.stringContaining('"backends":["attainment"],"projects":["ns-2026-014"]'),
  ]);
  expect(events(withAlerts(ALERT), withAlerts({ ...ALERT, text: 'Back again.' }))).toEqual([
    expect.stringMatching(/^changed alert maintenance/),
  ]);
  expect(events(withAlerts(ALERT), withAlerts())).toEqual([
    expect.stringMatching(/^ended alert maintenance/),
  ]);
});

test('a key that is replaced ends, and another is given; days that change are a change', () => {
  const key = { id: 'one', key: 'ed25519:AAAA' };
  const before = withKey({ agent: [key], viewer: [] });
  expect(events(before, withKey({ agent: [{ ...key, key: 'ed25519:BBBB' }], viewer: [] }))).toEqual([
    'ended key attainment {"what":"agent","holder":"one","key":"ed25519:AAAA","from":null,"until":null}',
    'given key attainment {"what":"agent","holder":"one","key":"ed25519:BBBB","from":null,"until":null}',
  ]);
  const days = { from: '2027-03-01', until: '2027-04-01' };
  expect(events(before, withKey({ agent: [{ ...key, ...days }], viewer: [] }))).toEqual([
    'changed key attainment {"what":"agent","holder":"one","key":"ed25519:AAAA","from":"2027-03-01","until":"2027-04-01"}',
  ]);
});

test('a workspace is told of when it is archived, and when it is opened again', () => {
  const archived = (...names: string[]): Governance => {
    const g = aGovernance();
    return { ...g, projects: g.projects.map((project) => ({ ...project, archived: names })) };
  };
  expect(events(archived(), archived('study-main'))).toEqual([
    'given workspace study-main {"project":"ns-2026-014"}',
  ]);
  expect(events(archived('study-main'), archived('study-main', 'study-old'))).toEqual([
    'given workspace study-old {"project":"ns-2026-014"}',
  ]);
  expect(events(archived('study-main'), archived())).toEqual([
    'ended workspace study-main {"project":"ns-2026-014"}',
  ]);
});
