/** Every type that the reference has for what changes no request is written: in the zone's log, or outside by decision. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import {
  confirmAtHost,
  finishSignIn,
  signInOfRoom,
  signOut,
  startSignIn,
} from '../../agent/airlock/sign-in/sign-in.ts';
import { passkeyMark } from '../../agent/airlock/sign-in/enrolment.ts';
import { passkeys } from '../../agent/airlock/schema/sign-in.ts';
import type { Where } from '../../agent/airlock/face.ts';
import { MEMBER_DEEDS } from '../../src/db/schema/members.ts';
import { rowsOf } from '../../src/db/open.ts';
import { hours } from '../../src/lib/clock.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import { LOG_TYPES } from '../../src/release/release.ts';
import { AirlockWorld, aTable, WHO, WORKSPACE, type Name } from '../support/airlock.ts';
import { AIRLOCK_MIGRATIONS, onOneDatabase } from '../support/database.ts';
import { setStage, Surfer, type Stage } from '../viewer/stage.ts';

/** Written in the zone, as the stories below show. A restored zone says so too, and what its operator does on the host: see backup.test.ts. */
const IN_THE_ZONE = [
  ...['WORKSPACE_FILE_VIEW', 'REQUEST_FILE_VIEW', 'REQUEST_FILE_DOWNLOAD', 'LISTING_VIEW', 'CODE_VIEW'],
  ...['AUDIT_VIEW', 'LOGIN', 'LOGOUT', 'LOGIN_FAILED', 'ACCESS_DENIED', 'ROLE_CHANGE', 'RELEASED_FILE_VIEW'],
  ...['POLICY_CHANGE', 'NOTIFY_FAILED'],
];
/** Steps of a publication: leaves of the public ledger. Its own stories are in test/publication/gate.test.ts. */
const LEAVES: Record<string, [file: string, type: string, event: string]> = {
  PUBLICATION_DRAFT: ['src/publication/request.ts', 'publication', 'requested'],
  PUBLICATION_APPROVE: ['src/publication/decide.ts', 'publication', 'approved'],
  PUBLICATION_REJECT: ['src/publication/decide.ts', 'publication', 'rejected'],
  PUBLICATION_WITHDRAW: ['src/publication/withdraw.ts', 'withdrawal', 'withdrawn'],
};

onOneDatabase((open) => {
  let world: AirlockWorld;
  let stage: Stage;
  let written: Set<string>;

  beforeAll(async () => {
    world = await AirlockWorld.open(await open(), { files: { 'output/table.csv': aTable() } });
    stage = await setStage({ limits: { requests: 1000, signIns: 1000 }, room: world.room });
    await world.room.tend();
    const id = await world.submitted();
    const [one, two] = await world.checkers(id);
    await looks('author', { kind: 'workspace', workspace: WORKSPACE, path: 'output/table.csv' });
    await looks('author', {
      kind: 'code',
      workspace: WORKSPACE,
      output: 'output/table.csv',
      path: 'project.yaml',
    });
    await looks(one!, { kind: 'request', request: id, file: 1 }, 'download');
    await looks('stranger', { kind: 'request', request: id, file: 1 });
    for (const who of [one!, two!]) await world.reviews(who, id);
    await world.room.uploads.start(id, 1);
    const bytes = await world.room.uploads.bytes({ request: id, batch: 1, number: 1 });
    await world.room.uploads.confirm({ request: id, batch: 1, number: 1 }, sha256(bytes));
    world.job({ 'output/table.csv': aTable(2) });
    const next = await world.submitted();
    await looks('author', { kind: 'previous', request: next, file: 1 });
    await surfs('author', `/workspaces/${WORKSPACE}`);
    await surfs('operator1', '/audit');
    await signsInAndOut();
    world.clock.advance(hours(2));
    await world.room.tend();
    const rows = await rowsOf<{ type: string }>(world.database.db, sql`select distinct type from log`);
    written = new Set(rows.map(({ type }) => type));
  });
  afterAll(async () => {
    await stage.stop();
    await world.close();
  });

  async function looks(who: Name, where: Where, purpose: 'page' | 'download' = 'page'): Promise<void> {
    const delivery = { session: world.session(who), method: 'GET', purpose, range: false } as const;
    const opened = await world.room.open(WHO[who], delivery, where);
    if (!isRefusal(opened)) await world.room.sent(opened.load, opened.size);
  }

  async function surfs(who: Name, where: string): Promise<void> {
    stage.people.set(WHO[who], { login: who, name: who, roles: [] });
    const surfer = new Surfer(stage);
    await surfer.signIn(WHO[who]);
    expect((await surfer.get(where)).status).toBe(200);
  }

  async function signsInAndOut(): Promise<void> {
    const { room, clock, ids } = world;
    const { db } = world.database;
    const parts = signInOfRoom({
      room,
      db,
      clock,
      ids,
      link: {
        start: async () => ({ address: 'https://hub.example', expiresAt: clock.now() + 600_000 }),
        redeem: async () => ({ person: WHO.author, login: 'rowan-example' }),
      },
      trust: () => 'hub',
      zone: 'zone',
      appOrigin: 'https://viewer.example',
    });
    const browser = { visitor: 'v'.repeat(43), device: undefined, name: 'Browser' } as never;
    await finishSignIn(parts, browser, 'too early');
    await startSignIn(parts, 'v'.repeat(43));
    const signedIn = await finishSignIn(parts, browser, 'the code');
    if (isRefusal(signedIn)) throw new Error(signedIn.code);
    await signOut(parts, signedIn.session);
    const key = {
      id: 'key',
      person: WHO.author,
      login: 'rowan-example',
      label: 'Key',
      publicKey: 'pk',
      counter: 0,
      transports: '',
      state: 'waiting' as const,
      madeIn: signedIn.session.id,
      madeAt: clock.now(),
    };
    await db.insert(passkeys).values(key);
    await confirmAtHost(parts, passkeyMark(key));
  }

  test.each(IN_THE_ZONE.map((type) => [type]))("%s is in the zone's log", (type) => {
    expect(written).toContain(type);
  });

  test('the zone has no type that these stories do not write, but of its operator and of a restored zone', () => {
    expect(LOG_TYPES.filter((type) => !IN_THE_ZONE.includes(type))).toEqual([
      'ZONE_RESTORE',
      'OPERATOR_DEED',
    ]);
  });
}, AIRLOCK_MIGRATIONS);

test("who downloads a released file is in the hub's own log", () => {
  expect(MEMBER_DEEDS).toContain('RELEASED_FILE_DOWNLOAD');
  expect(readFileSync('web/site/files.tsx', 'utf8')).toContain("what: 'RELEASED_FILE_DOWNLOAD'");
});

test.each(Object.entries(LEAVES))('%s is a leaf of the public ledger', (_type, [file, type, event]) => {
  const source = readFileSync(file, 'utf8').replace(/\s+/g, ' ');
  expect(source).toMatch(new RegExp(`tell\\([^;]*'${type}'[^;]*event: '${event}'`));
});
