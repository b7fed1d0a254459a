/** Who may do what in which state: every person by every command by every state, as one table. */
import { expect, test } from '@jest/globals';
import { STATES, WHO, type CommandType, type State } from '../../src/release/release.ts';
import { mayPerson } from '../../src/release/permission.ts';
import { stateAllows } from '../../src/release/policy.ts';
import type { Actor } from '../../src/release/types.ts';
import { AIRLOCK, aRequest, aSession, inViewer, P, type Name } from './world.ts';

type Asked = Exclude<CommandType, 'create'>;
const COMMANDS = Object.keys(WHO) as Asked[];
const NAMES = Object.keys(P) as Name[];
const STORIES = new Map(STATES.map((state) => [state, aRequest(state)]));

function may(state: State, type: Asked, by: Actor): boolean {
  const { now, facts, policy } = STORIES.get(state)!;
  const command = { type, by } as unknown as Parameters<typeof mayPerson>[1];
  return !(mayPerson(now, command, facts, policy) ?? stateAllows(state, type));
}

test('the airlock and each person may do exactly this', () => {
  const table = COMMANDS.map((type) => {
    const states = new Map<string, State[]>();
    for (const state of STATES) {
      const who = NAMES.filter((name) => may(state, type, inViewer(name)));
      const all = [...who, ...(may(state, type, AIRLOCK) ? ['airlock'] : [])].join(' ');
      if (all) states.set(all, [...(states.get(all) ?? []), state]);
    }
    return `${type}\n${[...states].map(([who, where]) => `  ${where.join(' ')}: ${who}`).join('\n')}`;
  });
  expect(table.join('\n')).toMatchInlineSnapshot(`
   "add-file
     draft returned: author
   update-file
     draft returned: author
   move-file
     draft returned: author
   retype-file
     draft returned: author
   withdraw-file
     draft returned: author
   set-role
     draft returned: author
   clear-role
     draft returned: author
   explain
     draft returned: author
   accept-policy
     draft returned: author
   name-co-author
     draft returned: author
   except-hint
     draft returned: author
   resolve-hint
     draft submitted reviewing consolidating returned: author coAuthor lead member copilot collaborator checkerA checkerB checkerC checkerD operator1 operator2 owner stranger
   submit
     draft returned: author
   withdraw
     draft returned: author lead
   take-over
     draft submitted reviewing consolidating returned: lead
   claim
     submitted reviewing consolidating: checkerA checkerB checkerC checkerD
   unclaim
     submitted reviewing consolidating returned: checkerA checkerB
   assign
     submitted reviewing consolidating: airlock
   unassign
     submitted reviewing consolidating returned: airlock
   grade
     submitted reviewing consolidating: checkerA checkerB
   grade-group
     submitted reviewing consolidating: checkerA checkerB
   confirm-grade
     submitted reviewing consolidating: checkerA checkerB
   clear-grade
     submitted reviewing consolidating: checkerA checkerB
   reset-grades
     submitted reviewing consolidating: checkerA checkerB
   sign
     submitted reviewing consolidating: checkerA checkerB
   arbitrate
     consolidating: checkerA checkerB
   return
     submitted reviewing consolidating: checkerA checkerB checkerC checkerD
   close-request
     consolidating: checkerA checkerB checkerC checkerD
   propose-part
     consolidating: checkerA checkerB
   confirm-part
     consolidating: checkerA checkerB
   queue-release
     consolidating: checkerA checkerB checkerC checkerD
   halt
     returned approved releasing: checkerA checkerB checkerC checkerD airlock
   start-upload
     returned approved releasing: airlock
   confirm-upload
     returned approved releasing rejected withdrawn: airlock
   fail-upload
     returned approved releasing rejected withdrawn: airlock
   revoke
     submitted reviewing consolidating returned approved releasing released rejected withdrawn revoked: checkerA checkerB checkerC checkerD owner
   close-incident
     submitted reviewing consolidating returned approved releasing released rejected withdrawn revoked: checkerA checkerB checkerC checkerD operator1 operator2 owner
   close-by-operators
     draft submitted reviewing consolidating returned approved releasing: operator1 operator2
   comment
     draft submitted reviewing consolidating returned: author coAuthor lead member copilot collaborator checkerA checkerB checkerC checkerD operator1 operator2 owner stranger
   delete-comment
     draft submitted reviewing consolidating returned: author coAuthor lead member copilot collaborator checkerA checkerB checkerC checkerD operator1 operator2 owner stranger
   publish-comment
     draft submitted reviewing consolidating returned: author coAuthor lead member copilot collaborator checkerA checkerB checkerC checkerD operator1 operator2 owner stranger"
  `);
});

test('somebody whom governance does not know may do nothing, but what its own rule looks at closer', () => {
  const nobody: Actor = { kind: 'person', id: 4711, session: aSession(4711) };
  const left = COMMANDS.filter((type) => STATES.some((state) => may(state, type, nobody)));
  expect(left.map((type) => WHO[type])).toEqual(left.map(() => 'anyone'));
  for (const state of STATES) {
    const story = aRequest(state);
    const talk = { id: 'c1', group: 'tables', text: 'x', visibility: 'public' } as const;
    const codes = [
      story.code(nobody, 'comment', talk),
      story.code(nobody, 'delete-comment', { id: 'c1' }),
      story.code(nobody, 'publish-comment', { id: 'c1' }),
      story.code(nobody, 'resolve-hint', { hint: 'h1', reason: 'x' }),
    ];
    expect(codes).not.toContain('it happened');
  }
});
