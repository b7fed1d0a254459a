/**
 * Three hosts that cannot see each other except where they must: the demo's story on public, boundary and zone, behind
 * the firewalls of docs/install, and what each of them reaches.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { release } from '../../src/sandbox/demo/release-story.ts';
import type { Stage } from '../../src/sandbox/demo/stage.ts';
import { tell } from '../../src/sandbox/demo/story.ts';
import { requires } from '../support/require.ts';
import { Installation } from './support/installation.ts';
import { addressOf, HOSTS, NAMES, type Host } from './support/places.ts';
import { asks, fromInside, reads, type Inside } from './support/probe.ts';
import { stageOn, STUDY } from './support/stage.ts';
import { quietScreen } from './support/steps.ts';
import { telling } from './support/telling.ts';

const TEN_MINUTES = 600_000;
const METADATA = '169.254.169.254';
/** Of the zone's host, as a container on the engine's own network would see it. */
const BRIDGE = '172.17.0.1';

requires('docker', 'postgres', 'nginx', 'netns').describe('three hosts', () => {
  let here: Installation;
  let stage: Stage;
  const told = quietScreen();
  const ended = new AbortController();

  /** A test that tells, when it fails, what the story and every process said. */
  const hosted = (name: string, work: () => Promise<void>): void =>
    test(name, () => telling(work(), told, here), TEN_MINUTES);

  let leftOver: Promise<unknown>;
  beforeAll(async () => {
    leftOver = leaveBehind();
    here = new Installation();
    await here.start().catch((error: unknown) => {
      throw new Error(here.logs(), { cause: error });
    });
    stage = await stageOn(here, told.screen, ended.signal);
  }, TEN_MINUTES);
  afterAll(async () => {
    ended.abort();
    await here?.stop();
  }, TEN_MINUTES);

  hosted('what a killed run left is gone: its hosts, and what ran on them', async () => {
    await leftOver;

    expect(existsSync(`/run/netns/${OF_A_DEAD_RUN}`)).toBe(false);
  });

  hosted('the whole story goes as told, from the first push to the publication', async () => {
    let inside: Inside | undefined;
    told.before(/^Kit comments \/cancel/, async () => {
      inside = await fromInside(here, { container: await here.zone.containerOfAJob() }, FROM_A_JOB);
    });

    await tell(stage);
    await release(stage);

    expect((await here.person('wren').releases(STUDY)).map(({ draft }) => draft)).toEqual([false]);
    // While a job ran, from inside it: no network but a loopback of its own, with nobody there.
    expect(inside).toEqual({
      networks: ['lo'],
      found: {
        ...Object.fromEntries(FROM_A_JOB.map((place) => [place, 'ENETUNREACH'])),
        '127.0.0.1:5432': 'ECONNREFUSED',
        name: 'unknown',
      },
    });
  });

  hosted(
    "the zone's counters show traffic to hub and proxy alone, and nobody came anywhere else",
    async () => {
      const zone = here.network.counters('zone', 'sallyport');

      for (const used of ['hub', 'proxy', 'database', 'viewer'])
        expect([used, zone[used]]).not.toEqual([used, 0]);
      expect(zone).toMatchObject({
        refused_in: 0,
        refused_out: 0,
        refused_through: 0,
        operators: 0,
        clock: 0,
      });
      for (const host of ['public', 'boundary', 'warehouse'] as const)
        expect(here.network.counters(host, 'sallyport')).toMatchObject({
          refused_in: 0,
          refused_out: 0,
          refused_through: 0,
        });
      expect(here.visits()).toEqual([]);
    },
  );

  hosted('each host reaches what it must, and nothing more', async () => {
    const found = await Promise.all(
      REACH.map(
        async ([from, url, how]) =>
          [from, url, await asks(here, from, url, { silent: how === SILENCE })] as const,
      ),
    );

    expect(found).toEqual(REACH);
    expect(await reads(here, 'zone', at('hub', '/healthz'))).toContain('"ok":true');
    expect(await reads(here, 'zone', at('proxy', '/'))).toMatch(/\w+ .* \w+/);
    expect(here.network.counters('zone', 'sallyport')['refused_out']).toBeGreaterThan(0);
    expect(here.visits().filter(({ from }) => !from.startsWith('203.0.113.'))).toEqual([]);
  });

  hosted(
    'nobody outside opens a connection into the zone, and nobody comes to the database but its host',
    async () => {
      const before = here.network.counters('zone', 'sallyport');
      const outside = ['internet', 'public', 'boundary', 'dummy', 'researcher', 'office'] as const;
      const doors = [
        ...HOSTS.zone.flatMap((host) => [`${host}:443`, `${host}:22`]),
        `${addressOf('warehouse')}:5432`,
      ];
      const tries = outside.flatMap((from) => doors.map((door) => [from, door] as const));
      const answers = await Promise.all(
        tries.map(async ([from, door]) => [
          from,
          door,
          await asks(here, from, `https://${door}/`, { silent: true }),
        ]),
      );

      const boundary = ['public', 'boundary'];
      // Their own firewalls refuse it before it leaves; what others send is not answered at all.
      expect(answers).toEqual(
        tries.map(([from, door]) => [from, door, boundary.includes(from) ? NO : SILENCE]),
      );
      expect(await asks(here, 'desk', `https://${addressOf('warehouse')}:5432/`, { silent: true })).toBe(
        SILENCE,
      );
      expect(here.network.counters('zone', 'sallyport')['viewer']).toBe(before['viewer']);
      expect(here.network.counters('zone', 'sallyport')['refused_in']).toBeGreaterThan(0);
    },
  );

  hosted('a container that was given a network by mistake still comes nowhere', async () => {
    const image = here.zone.imageInZone('node');

    const { networks, found } = await fromInside(here, { image, network: 'bridge' }, FROM_A_JOB);

    expect(networks).toContain('eth0');
    expect(new Set(Object.values(found))).toEqual(new Set(['silence', 'ECONNREFUSED', 'unknown']));
    expect(Object.entries(found).filter(([, how]) => how === 'ECONNREFUSED')).toEqual([
      ['127.0.0.1:5432', 'ECONNREFUSED'],
    ]);
    expect(here.network.counters('zone', 'sallyport')['refused_through']).toBeGreaterThan(0);
  });
});

/** No process has this number: it is above the highest that Linux gives. */
const OF_A_DEAD_RUN = 'sallyport-hosts-4194999-zone';

/** Resolves when what ran there has ended. */
function leaveBehind(): Promise<unknown> {
  execFileSync('ip', ['netns', 'add', OF_A_DEAD_RUN]);
  return once(spawn('ip', ['netns', 'exec', OF_A_DEAD_RUN, 'sleep', '3600'], { stdio: 'ignore' }), 'exit');
}

const FROM_A_JOB = [
  ...(['public', 'boundary', 'internet'] as const).map((host) => `${addressOf(host)}:443`),
  `${METADATA}:80`,
  `${addressOf('warehouse')}:5432`,
  `${addressOf('desk')}:22`,
  `${addressOf('zone')}:443`,
  `${BRIDGE}:22`,
  '127.0.0.1:5432',
];

const at = (name: keyof typeof NAMES, path: string): string => `https://${NAMES[name]}${path}`;
const ip = (host: Host, port: number): string => `http://${addressOf(host)}:${port}/`;
const SILENCE = 'silence';
const NO = 'no connection';

/** Who asks what, and what comes of it. */
const REACH: [Host, string, string][] = [
  ['zone', at('hub', '/healthz'), '200'],
  ['zone', at('hub', '/operator/pause'), '404'],
  ['zone', at('hub', '/metrics'), '404'],
  ['zone', at('proxy', '/robots.txt'), '200'],
  ['zone', at('proxy', '/'), '403'],
  ['zone', at('github', '/'), NO],
  ['zone', `http://${METADATA}/latest/meta-data/`, NO],
  ['zone', 'https://1.1.1.1/', NO],
  ['zone', 'https://example.org/', 'no such name'],
  ['zone', ip('public', 5432), NO],
  ['zone', ip('public', 8080), NO],
  ['zone', ip('public', 22), NO],
  ['zone', ip('boundary', 22), NO],
  ['zone', ip('dummy', 22), NO],
  ['zone', ip('researcher', 80), NO],
  ['zone', ip('desk', 22), NO],

  ['desk', at('viewer', '/sign-in'), '200'],
  ['desk', `https://${HOSTS.zone[0]}:5432/`, SILENCE],

  ['boundary', `http://${METADATA}/latest/meta-data/`, NO],
  ['boundary', 'https://1.1.1.1/', NO],
  ['boundary', at('hub', '/healthz'), NO],
  ['public', `http://${METADATA}/latest/meta-data/`, NO],
  ['public', 'https://1.1.1.1/', NO],
  ['public', at('proxy', '/robots.txt'), NO],

  ['researcher', at('hub', '/'), '200'],
  ['researcher', at('hub', '/healthz'), '200'],
  ['researcher', at('hub', '/operator/pause'), '404'],
  ['researcher', at('hub', '/metrics'), '404'],
  ['researcher', at('hub', '/readyz'), '404'],
  ['researcher', ip('public', 80), '301'],
  ['researcher', ip('public', 9464), SILENCE],
  ['researcher', ip('public', 9465), SILENCE],
  ['researcher', ip('public', 5432), SILENCE],
  ['researcher', ip('public', 8080), SILENCE],
  ['researcher', ip('public', 22), SILENCE],
  ['researcher', at('proxy', '/robots.txt'), SILENCE],
  ['researcher', ip('boundary', 22), SILENCE],
  ['researcher', ip('boundary', 9466), SILENCE],

  // Nobody shows figures here: a word that nobody does came through the firewall, silence would not have.
  ['office', ip('public', 9464), NO],
  ['office', ip('public', 9465), NO],
  ['office', ip('public', 9466), SILENCE],
  ['office', ip('boundary', 9466), NO],
  ['office', ip('boundary', 9464), SILENCE],
];
