/** Looking ends by itself: whatever of a person's access ends first ends it, at the next request. */
import { afterEach, expect, test } from '@jest/globals';
import { findSession, signInOfRoom, type SignInParts } from '../../agent/airlock/sign-in/sign-in.ts';
import { kept } from '../../agent/airlock/sign-in/secrets.ts';
import { sessions } from '../../agent/airlock/schema/sign-in.ts';
import type { Governance, Person, Project } from '../../src/governance/governance.ts';
import { days } from '../../src/lib/clock.ts';
import { isRefusal, type Refusal } from '../../src/lib/refusal.ts';
import { aGovernance } from '../support/governance.ts';
import {
  airlockFiles,
  airlockGovernance,
  AirlockWorld,
  WHO,
  WORKSPACE,
  type Name,
} from '../support/airlock.ts';
import { AIRLOCK_MIGRATIONS, onOneDatabase } from '../support/database.ts';

const P = 'projects/ns-2026-014.yml';
const SECRET = 's'.repeat(43);
/** As it was read: as files nothing may outlast what it hangs on. */
function governed(edit: (author: Person, project: Project) => void): Governance {
  const governance = structuredClone(airlockGovernance());
  const author = governance.people.find(({ id }) => id === WHO.author)!;
  edit(author, governance.projects[0]!);
  return governance;
}
const DAY = '2026-10-06';

/** A second project of the same author, with a workspace of its own. */
const OTHER = airlockFiles()
  .get(P)!
  .replace('id: ns-2026-014', 'id: ns-2026-015')
  .replace('number: NS-2026-014', 'number: NS-2026-015')
  .replace('aliases: [absence-study]', 'aliases: []')
  .replace('repos: [{id: 70011', 'repos: [{id: 70012');

onOneDatabase((open) => {
  let world: AirlockWorld;
  afterEach(() => world.close());

  const look = (who: Name, id: string) =>
    world.room.open(
      WHO[who],
      { session: world.session(who), method: 'GET', purpose: 'page', range: false },
      { kind: 'request', request: id, file: 1 },
    );
  const codeOf = (answer: object): string | undefined =>
    isRefusal(answer as Refusal) ? (answer as Refusal).code : undefined;

  async function signedIn(who: Name): Promise<SignInParts> {
    const { clock, ids, room, database } = world;
    const parts = signInOfRoom({
      room,
      db: database.db,
      clock,
      ids,
      link: {} as SignInParts['link'],
      trust: () => 'hub',
      zone: 'a zone',
      appOrigin: 'https://viewer.example',
      // Only rights end a session here.
      limits: { idleMs: days(1000), absoluteMs: days(1000) },
    });
    const now = clock.now();
    await database.db.insert(sessions).values({
      id: 'held',
      secret: kept(SECRET),
      person: WHO[who],
      login: who,
      strength: 'code',
      passkey: null,
      browser: 'a browser',
      signedInAt: now,
      seenAt: now,
    });
    return parts;
  }

  test.each<[string, Parameters<typeof governed>[0], string]>([
    ['the person', (author) => void (author.until = DAY), 'run.person-ended'],
    [
      'the membership',
      (author, { members }) => void (members.find(({ id }) => id === author.id)!.until = DAY),
      'run.membership-ended',
    ],
    ['the training', (author) => void (author.training!.expires = DAY), 'run.training-expired'],
    ['the agreement', (author) => void (author.agreement!.expires = DAY), 'run.agreement-expired'],
    ['the grant', (author) => void (author.backends[0]!.until = DAY), 'run.backend-grant-ended'],
    ['the project', (_author, project) => void (project.until = DAY), 'run.project-ended'],
  ])(
    '%s ends: the author sees nothing more and is signed out for good, the checker goes on',
    async (_what, edit, code) => {
      world = await AirlockWorld.open(await open(), { governance: governed(edit) });
      const id = await world.submitted();
      const [checker] = await world.checkers(id);
      const parts = await signedIn('author');
      expect([codeOf(await look('author', id)), await findSession(parts, SECRET)]).toEqual([
        undefined,
        expect.objectContaining({ person: WHO.author }),
      ]);

      world.clock.advance(days(1));
      expect(codeOf(await look('author', id))).toBeUndefined();
      world.clock.advance(days(1));

      expect(await findSession(parts, SECRET)).toBe('none');
      expect(codeOf(world.room.standing(WHO.author))).toBe(code);
      expect(codeOf(await look('author', id))).toBe(code);
      expect(codeOf(await world.room.request(WHO.author, id))).toBe(code);
      expect(codeOf(await world.room.activityOf(WHO.author, id))).toBe(code);
      expect(await world.room.workspaces(WHO.author)).toEqual([]);
      expect(await world.room.requestsOf(WHO.author, {})).toEqual([]);
      expect(codeOf(await world.room.workspaceFile(WHO.author, WORKSPACE, 'output/table.csv'))).toBe(code);
      const remark = {
        id: 'c'.repeat(16),
        group: 'tables',
        text: 'One more thing.',
        visibility: 'public',
      } as const;
      expect((await world.ask('author', id, 'comment', remark))?.code).toBe(code);
      // On GitHub no less than here; what takes back is open to them still.
      const asked = { actor: WHO.author, at: world.clock.now() };
      const submit = {
        id: `order${'1'.repeat(11)}`,
        deed: { type: 'submit', request: id },
        ...asked,
      } as const;
      expect(await world.room.order(submit)).toMatchObject({ outcome: 'refused', code });
      expect(codeOf(await look(checker!, id))).toBeUndefined();

      world.governance = airlockGovernance();
      expect(await findSession(parts, SECRET)).toBe('none');
      expect(codeOf(await look('author', id))).toBeUndefined();
    },
  );

  test('what ended in one project ends there alone', async () => {
    const files = airlockFiles({ 'projects/ns-2026-015.yml': OTHER });
    files.set(
      P,
      files.get(P)!.replace('until: 2027-02-28, reason: applicant', 'until: 2026-10-06, reason: applicant'),
    );
    world = await AirlockWorld.open(await open(), { governance: aGovernance(files) });
    world.job({ 'output/other.csv': 'a,b\n1,2\n' }, { workspace: 'other', manifest: { repository: 70012 } });
    const parts = await signedIn('author');
    await world.room.close();
    await world.start();
    world.clock.advance(days(2));

    expect(await findSession(parts, SECRET)).toMatchObject({ person: WHO.author });
    expect((await world.room.workspaces(WHO.author)).map(({ name }) => name)).toEqual(['other']);
    expect(codeOf(await world.room.workspaceFile(WHO.author, WORKSPACE, 'output/table.csv'))).toBe(
      'run.membership-ended',
    );
    expect(codeOf(await world.room.workspaceFile(WHO.author, 'other', 'output/other.csv'))).toBeUndefined();
  });

  test('a checker whose training ended is signed out, and told that', async () => {
    const people = airlockFiles().get('people.yml')!;
    const line = people.split('\n').find((each) => each.includes('kim-example'))!;
    const governance = aGovernance(
      airlockFiles({ 'people.yml': people.replace(line, line.replace('2029-02-03', '2026-10-06')) }),
    );
    world = await AirlockWorld.open(await open(), { governance });
    const parts = await signedIn('checkerA');
    expect(await findSession(parts, SECRET)).toMatchObject({ person: WHO.checkerA });
    world.clock.advance(days(2));
    expect(await findSession(parts, SECRET)).toBe('none');
    expect(codeOf(world.room.standing(WHO.checkerA))).toBe('run.training-expired');
  });
}, AIRLOCK_MIGRATIONS);
