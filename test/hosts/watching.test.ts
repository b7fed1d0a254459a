/**
 * Two real Prometheuses, one outside and one in the zone, with the files of docs/install, read real roles while a push is
 * checked and a run goes by. Then each expression of the dashboard and each alert is asked of them.
 */
import { afterAll, beforeAll, expect } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Children } from '../../src/sandbox/demo/children.ts';
import { program, studyFolder } from '../../src/sandbox/demo/places.ts';
import { freePorts } from '../../src/sandbox/demo/ports.ts';
import { selfSigned } from '../support/certificate.ts';
import { requires } from '../support/require.ts';
import { until, westmere, type Town } from '../e2e/town.ts';

const { describe, test } = requires('docker', 'postgres', 'prometheus');
const FIVE_MINUTES = 300_000;
const ROLES = ['hub', 'steward', 'proxy', 'agent', 'airlock'] as const;
/** In the files of docs/install. */
const PLACES = {
  hub: 'hub.example.edu:9464',
  steward: 'hub.example.edu:9465',
  proxy: 'egress.example.edu:9466',
  agent: '127.0.0.1:9467',
  airlock: '127.0.0.1:9468',
} as const;
/** There is no scanner here, no job was refused a fetch, GitHub answered, and the proxy keeps no images. */
const NOTHING_TO_SHOW = [
  'min(sallyport_airlock_scanner_up)',
  'sum by (code) (increase(sallyport_proxy_refused_total[1h]))',
  'sum by (upstream) (increase(sallyport_proxy_upstream_failed_total[1h]))',
  'sum by (instance) (sallyport_proxy_store_bytes)',
  'sum by (result) (increase(sallyport_proxy_store_asked_total[1h]))',
  'sum by (instance) (increase(sallyport_proxy_store_evictions_total[1h]))',
];

type Sample = { metric: Record<string, string>; value: [number, string] };
type Series = { metric: Record<string, string>; values: [number, string][] };
interface Rule {
  name: string;
  query: string;
  state: string;
  health: string;
  lastError?: string;
}

/** One Prometheus and its HTTP interface. */
class Reader {
  readonly #at: string;
  constructor(port: number) {
    this.#at = `http://127.0.0.1:${port}/api/v1`;
  }
  async #ask<T>(place: string): Promise<T> {
    const answer = (await (await fetch(`${this.#at}${place}`)).json()) as {
      status: string;
      error?: string;
      data: T;
    };
    if (answer.status !== 'success') throw new Error(`${place}: ${answer.error ?? answer.status}`);
    return answer.data;
  }
  async query(expr: string): Promise<Sample[]> {
    const { result } = await this.#ask<{ result: Sample[] }>(`/query?query=${encodeURIComponent(expr)}`);
    return result;
  }
  /** As a panel asks: every second from then until now. */
  async since(begin: number, expr: string): Promise<Series[]> {
    const span = `start=${begin / 1000}&end=${Date.now() / 1000}&step=1`;
    const { result } = await this.#ask<{ result: Series[] }>(
      `/query_range?query=${encodeURIComponent(expr)}&${span}`,
    );
    return result;
  }
  async rules(): Promise<Rule[]> {
    const { groups } = await this.#ask<{ groups: { rules: Rule[] }[] }>('/rules');
    return groups.flatMap(({ rules }) => rules);
  }
  /** Job → how it was read last, or why not. */
  async targets(): Promise<{ job: string; health: string; lastError: string; lastScrape: string }[]> {
    const { activeTargets } = await this.#ask<{
      activeTargets: { labels: { job: string }; health: string; lastError: string; lastScrape: string }[];
    }>('/targets?state=active');
    return activeTargets.map(({ labels, ...rest }) => ({ job: labels.job, ...rest }));
  }
}

const dashboard = JSON.parse(readFileSync('docs/install/grafana.json', 'utf8')) as {
  panels: { targets?: { expr: string }[] }[];
};
const EXPRESSIONS = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

describe('watched by Prometheus', () => {
  const root = mkdtempSync(path.join(tmpdir(), 'watching-'));
  const children = new Children(path.join(root, 'logs'));
  const ports = new Map<(typeof ROLES)[number], number>();
  let outside: Reader;
  let zone: Reader;
  let town: Town;
  let begun = 0;

  beforeAll(async () => {
    const [outsidePort = 0, zonePort = 0, ...rest] = await freePorts(2 + ROLES.length);
    ROLES.forEach((role, at) => ports.set(role, rest[at] ?? 0));
    outside = new Reader(outsidePort);
    zone = new Reader(zonePort);
    const tls = selfSigned();
    writeFileSync(path.join(root, 'authority.pem'), tls.cert);
    writeFileSync(path.join(root, 'watch.key'), tls.key, { mode: 0o600 });
    const plain = (role: 'agent' | 'airlock') => ({ listen: { port: ports.get(role) } });
    const shut = (role: 'hub' | 'steward' | 'proxy') => {
      const token_file = path.join(root, `${role}-watch.token`);
      writeFileSync(token_file, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 });
      return {
        ...plain(role as never),
        token_file,
        tls: { cert_file: path.join(root, 'authority.pem'), key_file: path.join(root, 'watch.key') },
      };
    };
    town = await westmere({
      executor: 'docker',
      watch: {
        ...{ hub: shut('hub'), steward: shut('steward'), proxy: shut('proxy') },
        ...{ zone: plain('agent'), airlock: plain('airlock') },
      },
    });
    await Promise.all([
      startPrometheus('prometheus.yml', outsidePort),
      startPrometheus('prometheus-zone.yml', zonePort),
    ]);
    begun = Date.now();
    await aShortStory(town).catch((error: unknown) => {
      const tails = town.world.children.names.map((name) => `--- ${name}\n${town.world.children.tail(name)}`);
      throw new Error([...town.told, ...tails].join('\n'), { cause: error });
    });
    await readOnceMore();
    // Quick jobs come and go between two readings, and a rate wants a second one: more of them, until they were seen.
    for (let more = 0; more < 10 && (await shown()).empty.length > 0; more += 1) {
      const { conclusion } = await town.stage.runToItsEnd(
        `/run run_all --force-deps --backend ${town.stage.on.backend}`,
      );
      expect(conclusion).toBe('success');
      await readOnceMore();
    }
  }, FIVE_MINUTES);
  afterAll(async () => {
    await children.stopAll();
    await town?.stop();
    rmSync(root, { recursive: true, force: true });
  });

  /** With the file as it is shipped, but for where the roles are and for how long nobody here can wait. */
  async function startPrometheus(name: string, port: number): Promise<void> {
    const folder = path.join(root, name);
    mkdirSync(folder);
    cpSync('docs/install/alerts.yml', path.join(folder, 'alerts.yml'));
    for (const file of ['authority.pem', ...['hub', 'steward', 'proxy'].map((role) => `${role}-watch.token`)])
      cpSync(path.join(root, file), path.join(folder, file));
    let text = readFileSync(path.join('docs/install', name), 'utf8');
    expect(text.match(/: 30s$/gm)).toHaveLength(2);
    text = text.replace(/: 30s$/gm, ': 1s');
    for (const role of ROLES) text = text.replace(PLACES[role], `127.0.0.1:${ports.get(role)}`);
    expect(text).not.toContain('example.edu');
    writeFileSync(path.join(folder, 'prometheus.yml'), text);
    await children.start({
      name,
      file: 'prometheus',
      args: [
        `--config.file=${path.join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${path.join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      cwd: folder,
      ready: /Server is ready to receive web requests/,
    });
  }

  /** A push that is checked, and a run of everything next to the data. */
  async function aShortStory({ stage }: Town): Promise<void> {
    const { copy, backend } = stage.on;
    copy.add(path.join(studyFolder, '1-first'));
    await stage.allGreen(await stage.push('Add the analysis of absence and results'));
    await stage.openIssue('Run the analysis', 'Commands go here.');
    const check = await stage.runToItsEnd(`/run run_all --backend ${backend}`);
    expect(check.conclusion).toBe('success');
  }

  /** Of the dashboard's expressions those that have no data and should have, and those whose data cannot be. */
  async function shown(): Promise<{ empty: string[]; strange: string[] }> {
    const empty: string[] = [];
    const strange: string[] = [];
    for (const expr of EXPRESSIONS) {
      const found = [...(await outside.since(begun, expr)), ...(await zone.since(begun, expr))];
      const values = found.flatMap((series) => series.values.map(([, value]) => Number(value)));
      // Nothing divided by nothing is no number: a rate of what has not moved yet.
      const numbers = values.filter((value) => !Number.isNaN(value));
      if (numbers.length === 0 && !NOTHING_TO_SHOW.includes(expr)) empty.push(expr);
      if (numbers.some((value) => value < 0 || value === Infinity)) strange.push(expr);
    }
    return { empty, strange };
  }

  /** What has happened until now is read, and the alerts were asked after that. */
  async function readOnceMore(): Promise<void> {
    for (const reader of [outside, zone]) {
      const now = Date.now();
      await until('everybody is read once more', async () => {
        const targets = await reader.targets();
        const all = targets.every(({ lastScrape }) => Date.parse(lastScrape) > now + 2000);
        return targets.length > 0 && all ? true : undefined;
      });
    }
  }

  test('each reads its roles as the files say, over TLS and with the token where they say so', async () => {
    const found = [...(await outside.targets()), ...(await zone.targets())];
    expect(found.map(({ job, health, lastError }) => `${job} ${health} ${lastError}`.trim()).sort()).toEqual(
      ROLES.map((role) => `sallyport-${role} up`).sort(),
    );
    const samples = await outside.query('count by (job) ({__name__=~"sallyport_.+"})');
    expect(samples.map(({ metric }) => metric['job']).sort()).toEqual([
      'sallyport-hub',
      'sallyport-proxy',
      'sallyport-steward',
    ]);
  });

  test('each expression of the dashboard is taken, and what should have data has it', async () => {
    const { empty, strange } = await shown();
    expect(empty).toEqual([]);
    expect(NOTHING_TO_SHOW.filter((expr) => !EXPRESSIONS.includes(expr))).toEqual([]);
    expect(strange).toEqual([]);
  });

  test('figures are those of the story', async () => {
    const [ended] = await outside.query('sum(sallyport_hub_jobs_ended_total{code="succeeded"})');
    const [waited] = await outside.query('sum(sallyport_hub_job_wait_seconds_count)');
    const [runs] = await zone.query('sum(sallyport_agent_runs_total{end="succeeded"})');
    expect(Number(ended?.value[1])).toBeGreaterThanOrEqual(Number(runs?.value[1]));
    expect(Number(runs?.value[1])).toBeGreaterThan(2);
    expect(Number(waited?.value[1])).toBeGreaterThanOrEqual(Number(ended?.value[1]));
    const [carried] = await outside.query('sum(sallyport_proxy_requests_total{result="passed"})');
    expect(Number(carried?.value[1])).toBeGreaterThan(0);
  });

  test('each alert is evaluated without an error, and where all is well none is raised', async () => {
    for (const reader of [outside, zone]) {
      const rules = await reader.rules();
      expect(rules.length).toBeGreaterThan(40);
      expect(rules.filter(({ health, lastError }) => health !== 'ok' || lastError)).toEqual([]);
      expect(
        rules.filter(({ state }) => state !== 'inactive').map(({ name, query }) => [name, query]),
      ).toEqual([]);
    }
  });

  test('an agent that is killed is missed, and said to be by both', async () => {
    await town.kill('zone');
    const rule = (await zone.rules()).find(({ name }) => name === 'SallyportGone');
    const [missed] = await until('the agent is missed', async () => {
      const found = await zone.query(rule?.query ?? '');
      return found.length > 0 ? found : undefined;
    });
    expect(missed?.metric['job']).toBe('sallyport-agent');
    await until('and the alert is pending', async () =>
      (await zone.rules()).find(({ name, state }) => name === 'SallyportGone' && state === 'pending'),
    );
    const [silent] = await until('the hub counts its silence', async () => {
      const found = await outside.query('max(sallyport_hub_agent_contact_seconds) > 5');
      return found.length > 0 ? found : undefined;
    });
    expect(Number(silent?.value[1])).toBeGreaterThan(5);
  });

  test('a hub that cannot tell how it is, because its token is too short, says so and ends', async () => {
    await town.kill('hub');
    writeFileSync(path.join(root, 'hub-watch.token'), 'short\n');
    const { hubDatabase } = town.world;
    const { status, stderr } = spawnSync(
      process.execPath,
      [program, 'hub', '--config', path.join(town.world.folder('hub'), 'hub.yml')],
      {
        encoding: 'utf8',
        timeout: 60_000,
        env: { ...process.env, ...(hubDatabase && { DATABASE_URL: hubDatabase }) },
      },
    );
    expect([status, stderr]).toEqual([1, expect.stringContaining('shorter than 16 characters')]);
  });
});
