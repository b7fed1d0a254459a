/** `/alert`: read, refused, and made a proposal that says exactly what was written. */
import { afterEach, expect, test } from '@jest/globals';
import { proposals } from '../../src/db/schema/stewarding.ts';
import { readAlert } from '../../src/github/governance/alert-command.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import { onOneDatabase } from '../support/database.ts';
import { PEOPLE } from '../support/governance.ts';
import { aWorld, type World } from '../support/world.ts';

const read = (line: string) => {
  const said = readAlert(line.split(/\s+/).filter(Boolean));
  return isRefusal(said) ? said.code : said;
};
const ALL = { backends: [], projects: [] };

test.each([
  [
    '"Warehouse is away" --level warning --until 2027-02-28T18:00Z',
    { title: 'Warehouse is away', level: 'warning', scope: ALL, until: '2027-02-28T18:00Z' },
  ],
  [
    '“Away” --until 2027-02-28 --scope backend:attainment,project:ns-2026-014 --level info --from 2027-02-27 --text "Back on Monday."',
    {
      ...{ title: 'Away', level: 'info', until: '2027-02-28', from: '2027-02-27', text: 'Back on Monday.' },
      scope: { backends: ['attainment'], projects: ['ns-2026-014'] },
    },
  ],
])('%s is read', (line, said) => {
  expect(read(line)).toEqual({ type: 'alert', what: 'add', from: undefined, text: undefined, ...said });
});

test('an alert is ended by its name', () => {
  expect(read('end alert-2027-02-28-abc123')).toEqual({
    type: 'alert',
    what: 'end',
    id: 'alert-2027-02-28-abc123',
  });
});

test.each([
  '',
  'Away --level info --until 2027-02-28',
  '"Away" --level info',
  '"Away" --until 2027-02-28',
  '"Away" --level loud --until 2027-02-28',
  '"Away" --level info --until soon',
  '"Away" --level info --until 2027-02-28 --from now',
  '"Away" --level info --until 2027-02-28 --scope everybody',
  '"Away" --level info --until 2027-02-28 --scope backend:',
  '"Away" --level info --until 2027-02-28 --scope backend:a:b',
  '"Away" --level info --until 2027-02-28 --scope all,project:x',
  '"Away" --level info --until 2027-02-28 --shout yes',
  '"Away" --level info --until 2027-02-28 --level danger',
  `"${'x'.repeat(201)}" --level info --until 2027-02-28`,
  `"Away" --level info --until 2027-02-28 --scope ${Array(21).fill('backend:a').join(',')}`,
  'end',
  'end ../../etc',
  'end one two',
])('%s is malformed', (line) => expect(read(line)).toBe('alert.malformed'));

onOneDatabase((open) => {
  let world: World;
  afterEach(() => world.stop());

  test('what a governor writes is proposed as it stands; others, and what makes no sense, are refused', async () => {
    world = await aWorld({ database: await open() });
    const issue = world.as('lead').issue();
    const say = async (who: 'lead' | 'governor', line: string): Promise<string> => {
      const before = await world.thread(issue);
      world.as(who).comment(issue, line);
      await world.settle();
      return (await world.thread(issue)).slice(before.length);
    };
    const until = '2127-02-28T18:00Z';
    expect(await say('lead', `/alert "Away" --level danger --until ${until}`)).toContain('(alert.not-yours)');
    expect(await say('governor', `/alert "Away" --level danger --until 2020-01-01`)).toContain(
      '(alert.over)',
    );
    expect(
      await say('governor', `/alert "Away" --level info --until ${until} --scope backend:nowhere`),
    ).toContain('(alert.unknown-scope)');
    expect(await say('governor', '/alert end nothing')).toContain('(alert.unknown)');
    expect(await world.hub.database.db.select().from(proposals)).toEqual([]);

    const text = 'Ask [us](https://example.org) <script>.';
    const said = await say(
      'governor',
      `/alert "Away @everybody" --level danger --until ${until} --scope backend:attainment --text "${text}"`,
    );
    expect(said).toContain('governance is asked to show the alert');
    expect(said).not.toContain('@everybody ');
    const [row, ...more] = await world.hub.database.db.select().from(proposals);
    expect(more).toEqual([]);
    expect(row).toMatchObject({
      askedBy: PEOPLE.governor,
      edit: {
        kind: 'add-alert',
        alert: {
          ...{ level: 'danger', title: 'Away @everybody', text, until },
          scope: { backends: ['attainment'], projects: [] },
          id: expect.stringMatching(/^alert-\d{4}-\d{2}-\d{2}-[a-z0-9]{6}$/),
        },
      },
    });
    // The longest that may be said is proposed, too: the title of its pull request is cut, between two characters.
    const long = `x${'😀'.repeat(99)}x`;
    expect(await say('governor', `/alert "${long}" --level info --until ${until}`)).toContain(
      'is asked to show',
    );
    const titles = (await world.hub.database.db.select().from(proposals)).map(({ title }) => title);
    expect(titles).toContain(`Alert: x${'😀'.repeat(96)}`);
  });
});
