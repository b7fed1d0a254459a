/**
 * A whole airlock as zone.yml composes it (database, mirror of governance, signed manifest, viewer, link),
 * whose hub is in an attacker's hand. Everything that leaves it passes the hub or a tap before the proxy.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { airlockDatabase, airlockZone } from '../../agent/airlock-parts.ts';
import { startAirlock, type RunningAirlock } from '../../agent/airlock.ts';
import type { AirlockRoom } from '../../agent/airlock/face.ts';
import { logLines } from '../../agent/airlock/log.ts';
import { confirmAtHost, type SignInEvent } from '../../agent/airlock/sign-in/sign-in.ts';
import type { ZoneFile } from '../../agent/zone-file.ts';
import { fixedClock, hours } from '../../src/lib/clock.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import { freePort } from '../../src/sandbox/demo/ports.ts';
import type { Actor, Command, Session } from '../../src/release/release.ts';
import { CONTROLS, NOW, WHO, WORKSPACE, type Name } from './airlock.ts';
import { AIRLOCK_MIGRATIONS, copyPglite, ownAddress } from './database.ts';
import {
  ASKED,
  CONTEXT,
  FILES,
  goodGovernance,
  POLICY_TEXT,
  writeWorkspace,
  writeZone,
} from './hostile-host.ts';
import { HostileHub } from './hostile-hub.ts';
import { leaksIn, secretsOf, tapTo, type Secret, type Tap } from './leaks.ts';
import { GOVERNANCE, proxyWorld, STUDY, type ProxyWorld } from './proxy.ts';
import { SoftPasskey } from './soft-passkey.ts';
import { Visitor, type ViewerPlace } from './visitor.ts';

export { ASKED, FILES, goodGovernance, KEPT, OTHERS } from './hostile-host.ts';

export class HostileZone implements ViewerPlace {
  readonly dir = mkdtempSync(path.join(tmpdir(), 'sallyport-hostile-'));
  readonly clock = fixedClock(NOW);
  readonly trust: 'hub' | 'zone';
  readonly hub: HostileHub;
  readonly passkeys = new Map<Name, SoftPasskey>();
  proxy!: ProxyWorld;
  appOrigin = '';
  contentOrigin = '';
  airlock!: RunningAirlock;
  #tap!: Tap;
  #zone!: ZoneFile;
  #database: Awaited<ReturnType<typeof ownAddress>>;
  #count = 0;

  private constructor(trust: 'hub' | 'zone') {
    this.trust = trust;
    this.hub = new HostileHub({ airlock: 'attainment', backend: 'attainment' }, this.clock);
  }

  /** `database`: address of one on PostgreSQL; without it one that is gone when the zone is closed. */
  static async open(
    trust: 'hub' | 'zone',
    governance = goodGovernance(),
    database?: string,
  ): Promise<HostileZone> {
    const zone = new HostileZone(trust);
    await zone.hub.start();
    let target = 0;
    zone.#tap = await tapTo(() => target);
    target = await freePort();
    const way = { origin: `http://127.0.0.1:${zone.#tap.port}`, listen: { host: '127.0.0.1', port: target } };
    zone.proxy = await proxyWorld(way, governance, zone.clock);
    const commit = zone.proxy.upstream.repository(STUDY, { 'project.yaml': "version: '4.0'\nactions: {}\n" });
    writeWorkspace(zone.dir, commit, zone.clock.now());
    zone.#database = database ? undefined : await ownAddress(AIRLOCK_MIGRATIONS);
    const url = database ?? zone.#database?.url;
    if (!url) await copyPglite(AIRLOCK_MIGRATIONS, path.join(zone.dir, 'airlock', 'database'));
    const host = await writeZone({
      dir: zone.dir,
      trust,
      hub: { origin: zone.hub.origin, key: zone.hub.key.publicText },
      proxy: { url: way.origin, pinned: zone.proxy.pinned },
      ...(url ? { database: url } : {}),
    });
    zone.#zone = host.zone;
    zone.appOrigin = host.appOrigin;
    zone.contentOrigin = host.contentOrigin;
    await zone.start();
    return zone;
  }

  get file(): ZoneFile {
    return this.#zone;
  }

  async start(): Promise<void> {
    const logger = createLogger('airlock', { level: process.env['SALLYPORT_TEST_LOG'] ?? 'silent' });
    this.airlock = await startAirlock({ zone: this.#zone, logger, version: '1', clock: this.clock });
  }

  async close(): Promise<void> {
    const stopped = this.airlock.stop();
    await this.hub.close();
    await stopped;
    await this.proxy.close();
    await this.#tap.close();
    await this.#database?.remove();
    rmSync(this.dir, { recursive: true, force: true });
  }

  get room(): AirlockRoom {
    return this.airlock.room;
  }
  ports(): RunningAirlock['ports'] {
    return this.airlock.ports;
  }
  visitor(): Visitor {
    return new Visitor(this);
  }

  /** The hub says that whoever sits at this new browser is that person. */
  async claimsToBe(who: Name | number): Promise<Visitor> {
    this.hub.signsInAs = typeof who === 'number' ? who : WHO[who];
    const visitor = this.visitor();
    const no = await visitor.byCode();
    if (no) throw new Error(no);
    return visitor;
  }

  /** With their own passkey. */
  async comes(who: Name): Promise<Visitor> {
    const visitor = this.visitor();
    const no = await visitor.byPasskey(this.passkeys.get(who)!);
    if (no) throw new Error(no);
    return visitor;
  }

  // ── what honest people do ────────────────────────────────────────────────────────────────────────

  /** Operators' keys are confirmed on the host, all others by the two of them in the viewer. */
  async enrolEverybody(...checkers: Name[]): Promise<void> {
    const marks: string[] = [];
    for (const who of ['operator1', 'operator2'] as const) marks.push(await this.#enrols(who));
    // As `sallyport airlock passkey` does it, with nobody else at the database.
    await this.airlock.stop();
    const { db, close } = await airlockDatabase(
      airlockZone(this.#zone),
      createLogger('t', { level: 'silent' }),
    );
    const record = ({ type, person, details }: SignInEvent) =>
      logLines({ clock: this.clock }, db, [{ type, person, details }]);
    for (const mark of marks) {
      const done = await confirmAtHost({ db, record }, mark);
      if (isRefusal(done)) throw new Error(done.code);
    }
    await close();
    await this.start();
    for (const who of checkers) {
      await this.#enrols(who);
      for (const operator of ['operator1', 'operator2'] as const) {
        const no = await (await this.comes(operator)).confirms(this.passkeys.get(who)!);
        if (no) throw new Error(no);
      }
    }
  }

  async #enrols(who: Name): Promise<string> {
    const key = new SoftPasskey(this.appOrigin);
    this.passkeys.set(who, key);
    return (await this.claimsToBe(who)).enrols(key);
  }

  /** Asked for by the author, in the zone, with a session of theirs: the attacker is not needed for it. */
  async submitted(paths: readonly string[] = [ASKED]): Promise<string> {
    await this.room.settled();
    const by = this.#as('author');
    const added = await this.room.addFiles({
      by,
      workspace: WORKSPACE,
      group: 'results',
      as: 'output',
      paths,
    });
    if (isRefusal(added)) throw new Error(`${added.code} ${added.says}`);
    const no = added.refused[0];
    if (no) throw new Error(`${no.path}: ${no.refusal.code}`);
    const id = added.request;
    await this.#must(id, { type: 'explain', by, group: 'results', context: CONTEXT, controls: CONTROLS });
    await this.#must(id, { type: 'accept-policy', by, version: POLICY_TEXT });
    await this.room.settled();
    const page = await this.page('author', id);
    const hints = [
      ...page.hints,
      ...page.groups.flatMap((each) => each.hints),
      ...page.files.flatMap((each) => each.hints ?? []),
    ];
    for (const { id: hint, severity } of hints)
      if (severity !== 'inform')
        await this.#must(id, {
          type: severity === 'warn' ? 'resolve-hint' : 'except-hint',
          by,
          hint,
          reason: 'agreed',
        });
    await this.#must(id, { type: 'submit', by });
    await this.room.settled();
    return id;
  }

  /** Ends what is open, so that the next story begins from nothing. */
  async closed(id: string): Promise<void> {
    for (const who of ['operator1', 'operator2'] as const) {
      const close = { type: 'close-by-operators', to: 'withdrawn', reason: 'the story is over' } as const;
      await this.room.command(id, { ...close, by: this.#as(who) });
    }
  }

  async page(who: Name, id: string) {
    const page = await this.room.request(WHO[who], id);
    if (isRefusal(page)) throw new Error(page.code);
    return page;
  }

  /** The two who hold the places. */
  async checkers(id: string): Promise<[Name, Name]> {
    const seats = (await this.room.shown([id]))[0]?.checkers ?? [];
    const names = seats.map((each) => (Object.keys(WHO) as Name[]).find((name) => WHO[name] === each)!);
    return [names[0]!, names[1]!];
  }

  async state(id: string): Promise<string> {
    return (await this.room.shown([id]))[0]?.state ?? 'unknown';
  }

  #as(who: Name): Actor {
    this.#count += 1;
    const session: Session = {
      id: `own${this.#count}`,
      person: WHO[who],
      strength: 'code',
      signedInAt: this.clock.now(),
    };
    return { kind: 'person', id: WHO[who], session };
  }

  async #must(id: string, command: Command): Promise<void> {
    const answer = await this.room.command(id, command);
    if (isRefusal(answer)) throw new Error(`${command.type}: ${answer.code} ${answer.says}`);
  }

  // ── governance ───────────────────────────────────────────────────────────────────────────────────

  /** Merged on GitHub by whoever holds the hub; resolves when the airlock has looked at it. */
  async merges(changes: Record<string, string | undefined>): Promise<string> {
    const commit = this.proxy.upstream.commit(GOVERNANCE, changes);
    await this.looked();
    return commit;
  }

  /** As those of zone.yml put things right: signed by both, and waited for. */
  async restores(): Promise<void> {
    const commit = await this.merges(goodGovernance());
    this.signs(0, commit);
    this.signs(1, commit);
    this.clock.advance(hours(25));
    await this.looked();
  }

  /** Two looks at the branch: one may have been under way, the second begins after this. */
  async looked(): Promise<void> {
    await this.airlock.look();
    await this.airlock.look();
    await this.room.tend();
  }

  /** Time goes by, in which governance was looked at: what nobody could look at for an hour is not used. */
  async later(ms: number): Promise<void> {
    this.clock.advance(ms);
    await this.airlock.look();
  }

  /** Back to what the zone was started with: another repository under the same name. */
  gitIn(...args: string[]): string {
    const env = {
      PATH: process.env['PATH'],
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_COMMITTER_NAME: 'S',
      GIT_COMMITTER_EMAIL: 's@example.edu',
    };
    const bare = path.join(this.proxy.upstream.root, `${GOVERNANCE}.git`);
    return execFileSync('git', ['-C', bare, ...args], {
      encoding: 'utf8',
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  }

  /** `git tag -s` by a signer of zone.yml. */
  signs(signer: 0 | 1, commit: string): void {
    const key = path.join(this.dir, `signer${signer}`);
    this.gitIn(
      '-c',
      'gpg.format=ssh',
      '-c',
      `user.signingKey=${key}`,
      'tag',
      '-s',
      '-f',
      '-m',
      'a',
      `approved/${commit.slice(0, 8)}-${signer}`,
      commit,
    );
  }

  /** How often each file was sent, by release and number, once nothing is to be sent any more. */
  async sent(): Promise<Record<string, number>> {
    await this.until(async () => (await this.room.uploads.due()).length === 0);
    const names = this.hub.uploads.map(({ path: at }) => at.split('/').slice(-2).join('/'));
    return Object.fromEntries(names.map((name) => [name, names.filter((each) => each === name).length]));
  }

  /** Looks often: what is looked at tells nobody. */
  async until(seen: () => boolean | Promise<boolean>): Promise<void> {
    for (let tries = 0; !(await seen()); tries += 1) {
      if (tries > 3600) throw new Error('not seen within 90 s');
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  // ── what left ────────────────────────────────────────────────────────────────────────────────────

  /** Everything planted: nothing of it may ever leave. */
  secrets(paths: readonly string[] = Object.keys(FILES)): Secret[] {
    return [
      ...paths.flatMap((each) => secretsOf(each, FILES[each]!)),
      { what: 'the context', text: 'heron-marsh' },
    ];
  }

  /** On any way there is out. */
  leaks(secrets: readonly Secret[] = this.secrets()): string[] {
    const ways = [
      ...this.hub.received.map(({ path: at, headers, body }) =>
        Buffer.concat([Buffer.from(`${at}\n${headers}\n`), body]),
      ),
      ...this.#tap.sent(),
    ];
    return [...new Set(ways.flatMap((bytes) => leaksIn(bytes, secrets)))];
  }

  /** What the proxy was asked: only ever to read. */
  asked(): string[] {
    const lines = this.#tap
      .sent()
      .flatMap((bytes) => bytes.toString('latin1').match(/^(GET|POST|PUT|HEAD|DELETE|PATCH) \S+/gm) ?? []);
    return [...new Set(lines)].sort();
  }
}
