/**
 * Two hubs on one PostgreSQL behind nginx, three agents on one backend and one on another: Westmere, with its
 * hub replaced. Each is a process started by its command, and is killed, paused or started anew by its own id.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { parse, stringify } from 'yaml';
import { git } from '../../../src/lib/git.ts';
import { freePorts } from '../../../src/sandbox/demo/ports.ts';
import { program } from '../../../src/sandbox/demo/places.ts';
import { runsOf } from '../../../src/sandbox/demo/zone-folder.ts';
import { until, STUDY, westmere, type Town } from '../../e2e/town.ts';
import { testPostgres } from '../../support/postgres.ts';

export type HubName = 'hub-a' | 'hub-b';
export type AgentName = 'zone' | 'zone-2' | 'zone-3' | 'outside';
export const HUBS: readonly HubName[] = ['hub-a', 'hub-b'];
export const AGENTS: readonly AgentName[] = ['zone', 'zone-2', 'zone-3'];

const TWO_MINUTES = 120_000;

const PROJECT = `version: 5
actions:
  hold:
    run: node:v1 analysis/hold.mjs
    outputs:
      moderately_sensitive:
        table: output/held.csv
`;

interface Process {
  child: ChildProcess;
  log: () => string;
}

export interface CrowdStart {
  /** Both, unless told. */
  hubs?: readonly HubName[];
  /** Of the hubs that are started first. */
  hubProgram?: string;
  /** With airlock and steward. */
  whole?: boolean;
  /** Agents beside the first on the real backend. */
  beside?: number;
}

export class Crowd {
  readonly town: Town;
  db: pg.Client;
  /** Of this version. */
  readonly program = program;
  readonly #remove: () => Promise<void>;
  #url: string;
  readonly #processes = new Map<string, Process>();
  readonly #ports: Record<HubName, number>;

  private constructor(town: Town, db: pg.Client, url: string, remove: () => Promise<void>, ports: number[]) {
    this.town = town;
    this.db = db;
    this.#url = url;
    this.#remove = remove;
    this.#ports = { 'hub-a': ports[0] ?? 0, 'hub-b': ports[1] ?? 0 };
  }

  static async start(first: CrowdStart = {}): Promise<Crowd> {
    const { hubs = HUBS, hubProgram, beside = 2, whole = false } = first;
    const town = await westmere({ executor: 'process', runsOnly: !whole, beside });
    const { url, remove } = await (await testPostgres()).createDatabase();
    const db = new pg.Client(url);
    const crowd = new Crowd(town, db, url, remove, await freePorts(2));
    try {
      await town.kill('hub');
      await crowd.#balancer();
      // Both at once: one of them migrates, the other waits for it.
      await Promise.all(hubs.map((hub) => crowd.hub(hub, hubProgram)));
      await db.connect();
      // Agents that called before any hub listened may have had the balancer leave all of them alone for a while.
      await until('the balancer leads to a hub', () =>
        fetch(`${town.world.addresses.hub}/healthz`).then(
          ({ status }) => (status === 200 ? true : undefined),
          () => undefined,
        ),
      );
      await crowd.#study();
      return crowd;
    } catch (error) {
      const logs = crowd.logs();
      await crowd.stop();
      throw new Error(logs, { cause: error });
    }
  }

  /** Starts a hub; resolves when it listens. */
  async hub(name: HubName, of = program): Promise<void> {
    const folder = this.town.world.folder('hub');
    const file = path.join(folder, `${name}.yml`);
    const settings = parse(readFileSync(path.join(folder, 'hub.yml'), 'utf8')) as {
      hub: { listen: { port: number } };
      data: string;
    };
    settings.hub.listen.port = this.#ports[name];
    settings.data = `state-${name}`;
    writeFileSync(file, stringify(settings), { mode: 0o600 });
    await this.#start(name, process.execPath, [of, 'hub', '--config', file], /"listening"/, {
      DATABASE_URL: this.#url,
    });
  }

  /** Ends an agent and starts another version's program on its folder. */
  async agentAs(agent: AgentName, of: string): Promise<void> {
    await this.town.kill(agent);
    const folder = this.town.world.folder(agent);
    await this.town.world.children.start({
      name: agent,
      file: process.execPath,
      args: [of, 'agent', '--zone', path.join(folder, 'zone.yml')],
      cwd: folder,
      ready: /is ready for backend/,
    });
  }

  /** Hubs that are started from now on, and what is read here, have another database. */
  async moveTo(url: string): Promise<void> {
    await this.db.end();
    this.#url = url;
    this.db = new pg.Client(url);
    await this.db.connect();
  }

  /** Where a hub listens, past the balancer. */
  at(name: HubName): string {
    return `http://127.0.0.1:${this.#ports[name]}`;
  }

  async #balancer(): Promise<void> {
    const folder = path.join(this.town.world.root, 'nginx');
    mkdirSync(folder);
    const port = new URL(this.town.world.addresses.hub).port;
    const servers = HUBS.map((hub) => `server 127.0.0.1:${this.#ports[hub]} max_fails=2 fail_timeout=5s;`);
    const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (kind) => `${kind}_temp_path ${folder}/${kind};`,
    );
    writeFileSync(
      path.join(folder, 'nginx.conf'),
      // One process: whoever ends it leaves no worker behind.
      `daemon off; master_process off; pid ${folder}/pid; user root; events { worker_connections 1024; }
http { access_log off; ${temp.join(' ')}
  upstream hubs { ${servers.join(' ')} }
  server { listen 127.0.0.1:${port}; client_max_body_size 64m;
    proxy_http_version 1.1; proxy_set_header Host $http_host; proxy_set_header Connection "";
    proxy_read_timeout 150s; proxy_next_upstream error timeout;
    # A delivery is one by its number, however often it comes: the other hub may have it when one died over it.
    location = /webhooks { proxy_pass http://hubs; proxy_read_timeout 3s; proxy_next_upstream error timeout non_idempotent; }
    # A hub that stands still is left alone for a while when it has not answered one of these.
    location = /zone/v1/heartbeat { proxy_pass http://hubs; proxy_read_timeout 1s; proxy_next_upstream error timeout non_idempotent; }
    location / { proxy_pass http://hubs; } } }
`,
    );
    const words = ['-e', path.join(folder, 'error.log'), '-c', path.join(folder, 'nginx.conf')];
    await this.#start('nginx', 'nginx', words);
    await until('nginx answers', () =>
      fetch(this.town.world.addresses.hub).then(
        () => true,
        () => undefined,
      ),
    );
  }

  async #start(
    name: string,
    file: string,
    args: string[],
    ready?: RegExp,
    more: Record<string, string> = {},
  ): Promise<void> {
    const child = spawn(file, args, {
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: process.env['HOME'] ?? '',
        SALLYPORT_BUILT: '1',
        ...more,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let log = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-20_000)));
    this.#processes.set(name, { child, log: () => log });
    if (ready)
      await until(`${name} is ready`, () => {
        if (child.exitCode !== null) throw new Error(`${name} ended: ${log}`);
        return ready.test(log) || undefined;
      });
  }

  signal(name: HubName, signal: 'SIGSTOP' | 'SIGCONT' | 'SIGTERM'): void {
    this.#processes.get(name)?.child.kill(signal);
  }

  async kill(name: HubName | 'nginx'): Promise<void> {
    const child = this.#processes.get(name)?.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  async ended(name: HubName): Promise<number | null> {
    const child = this.#processes.get(name)?.child;
    if (child && child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    return child?.exitCode ?? null;
  }

  log(name: HubName): string {
    return this.#processes.get(name)?.log() ?? '';
  }

  logs(): string {
    return [...this.#processes].map(([name, { log }]) => `--- ${name}\n${log()}`).join('\n');
  }

  // --- the study

  async #study(): Promise<void> {
    const { copy } = this.town.stage.on;
    const gate = JSON.stringify(this.#gate);
    mkdirSync(path.join(copy.folder, 'analysis'), { recursive: true });
    writeFileSync(path.join(copy.folder, 'project.yaml'), PROJECT);
    writeFileSync(
      path.join(copy.folder, 'analysis', 'hold.mjs'),
      `import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
while (existsSync(${gate})) await new Promise((resolve) => setTimeout(resolve, 20));
mkdirSync('output', { recursive: true });
writeFileSync('output/held.csv', 'measure,value\\nheld,10\\n');
`,
    );
    await this.town.stage.push('Add the analysis');
  }

  get #gate(): string {
    return path.join(this.town.world.root, 'closed');
  }

  /** While it is closed no action ends. */
  close(): void {
    writeFileSync(this.#gate, '');
  }

  open(): void {
    rmSync(this.#gate, { force: true });
  }

  /** A branch with a commit of its own, and so a workspace; the commit. */
  async branch(name: string): Promise<string> {
    const { copy } = this.town.stage.on;
    const token = Buffer.from(`wren:${this.town.world.token('wren')}`).toString('base64');
    const config = {
      'user.name': 'Wren',
      'user.email': 'wren@example.org',
      'http.extraHeader': `Authorization: Basic ${token}`,
    };
    const run = (...words: string[]) => git(['-C', copy.folder, ...words], { config });
    await run('checkout', '--quiet', '-B', name, 'origin/main');
    writeFileSync(path.join(copy.folder, 'README.md'), `# ${name}\n`);
    await run('commit', '--quiet', '--all', '--message', name);
    await run('push', '--quiet', 'origin', `HEAD:${name}`);
    const sha = (await run('rev-parse', 'HEAD')).stdout.toString().trim();
    // Whoever comments before a hub has heard of the push is told to look again.
    await until(
      'the push was heard of',
      async () => {
        const rows = await this.rows('select 1 from pushes where sha = $1', [sha]);
        return rows.length > 0 ? true : undefined;
      },
      TWO_MINUTES,
    );
    return sha;
  }

  /** Wren comments on a commit. */
  async comment(sha: string, text: string): Promise<number> {
    const { world } = this.town;
    const answer = await fetch(`${world.addresses.github}/api/v3/repos/${STUDY}/commits/${sha}/comments`, {
      method: 'POST',
      headers: { authorization: `Bearer ${world.token('wren')}`, 'content-type': 'application/json' },
      body: JSON.stringify({ body: text }),
    });
    if (answer.status !== 201) throw new Error(`${answer.status}: ${await answer.text()}`);
    return ((await answer.json()) as { id: number }).id;
  }

  async commentsOn(sha: string): Promise<string[]> {
    const { world } = this.town;
    const answer = await fetch(`${world.addresses.github}/api/v3/repos/${STUDY}/commits/${sha}/comments`, {
      headers: { authorization: `Bearer ${world.token('wren')}` },
    });
    return ((await answer.json()) as { body: string }[]).map(({ body }) => body);
  }

  ask(sha: string): Promise<number> {
    return this.comment(sha, `/run hold --backend ${this.town.stage.on.backend}`);
  }

  /** What an operator types beside an agent; resolves when the command has ended. */
  agentCommand(agent: AgentName, ...words: string[]): Promise<{ code: number | null; out: string }> {
    const zone = path.join(this.town.world.folder(agent), 'zone.yml');
    return command(['agent', '--zone', zone, ...words]);
  }

  /** The same beside a hub. */
  hubCommand(hub: HubName, ...words: string[]): Promise<{ code: number | null; out: string }> {
    const file = path.join(this.town.world.folder('hub'), `${hub}.yml`);
    return command(['hub', ...words, '--config', file], { DATABASE_URL: this.#url });
  }

  /** The same on another, empty database. */
  hubCommandOn(url: string, ...words: string[]): Promise<{ code: number | null; out: string }> {
    return this.hubCommandOf(program, url, ...words);
  }

  /** The same with another version's program. */
  hubCommandOf(of: string, url: string, ...words: string[]): Promise<{ code: number | null; out: string }> {
    const cwd = this.town.world.folder('hub');
    const file = path.join(cwd, 'hub.yml');
    // `restore` of before reads the hub.yml where it is started, whatever it is told.
    return command(
      ['hub', ...words, '--config', file],
      { DATABASE_URL: url },
      of === program ? {} : { of, cwd },
    );
  }

  /** Any command of this version that wants no settings. */
  sallyport(...words: string[]): Promise<{ code: number | null; out: string }> {
    return command(words);
  }

  /** Of the hubs' database. */
  get url(): string {
    return this.#url;
  }

  /** The same beside the airlock. */
  airlockCommand(...words: string[]): Promise<{ code: number | null; out: string }> {
    return command(['airlock', '--zone', path.join(this.town.world.folder('airlock'), 'zone.yml'), ...words]);
  }

  // --- what is recorded

  async rows<T>(text: string, values: unknown[] = []): Promise<T[]> {
    return (await this.db.query(text, values)).rows as T[];
  }

  /** Jobs on real data of these commits. */
  jobs(shas: readonly string[]): Promise<{ id: string; state: string; attempts: number; sha: string }[]> {
    return this.rows(
      `select jobs.id, jobs.state, jobs.attempts, job_requests.commit as sha from jobs join job_requests on job_requests.id = jobs.request
       where job_requests.purpose = 'run' and job_requests.commit = any($1) order by jobs.seq`,
      [shas],
    );
  }

  /** Of each job of these commits, what the ledger says happened, in order: `started zone-1`, `ended succeeded`. */
  async ledger(shas: readonly string[]): Promise<Map<string, string[]>> {
    const found = new Map<string, string[]>();
    for (const { id } of await this.jobs(shas)) {
      const leaves = await this.rows<{ entry: string }>(
        'select entry from ledger_leaves where subject = $1 order by id',
        [`job:${id}`],
      );
      const said = leaves.map(({ entry }) => {
        const { body } = JSON.parse(entry) as { body: { event: string; agent?: string; code?: string } };
        return [body.event, body.agent ?? body.code].filter(Boolean).join(' ');
      });
      found.set(id, said);
    }
    return found;
  }

  /** Runs of a job that lie with the agents: who has one. */
  runs(job: string): AgentName[] {
    return AGENTS.flatMap((agent) =>
      runsOf(this.state(agent), 'hold').flatMap((run) => (run.includes(`/${job}/`) ? [agent] : [])),
    );
  }

  state(agent: AgentName): string {
    return path.join(this.town.world.folder(agent), 'state');
  }

  async finished(shas: readonly string[]): Promise<void> {
    const ended = async (): Promise<true | undefined> => {
      const jobs = await this.jobs(shas);
      const left = jobs.filter(({ state }) => state === 'running' || state === 'pending');
      return jobs.length === shas.length && left.length === 0 ? true : undefined;
    };
    try {
      // A delivery that no hub could take is asked for again after a minute.
      await until('every job has ended', ended, TWO_MINUTES);
    } catch (error) {
      const said = await Promise.all(shas.map((sha) => this.commentsOn(sha)));
      const seen = { jobs: await this.jobs(shas), said, hubs: this.logs() };
      throw new Error(JSON.stringify(seen, null, 1), { cause: error });
    }
  }

  async stop(): Promise<void> {
    this.open();
    for (const { child } of this.#processes.values()) {
      child.kill('SIGCONT');
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
    }
    await this.db.end().catch(() => undefined);
    await this.town.stop();
    await this.#remove();
  }
}

async function command(
  words: string[],
  more: Record<string, string> = {},
  { of = program, cwd = '/' }: { of?: string; cwd?: string } = {},
): Promise<{ code: number | null; out: string }> {
  const child = spawn(process.execPath, [of, ...words], {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', SALLYPORT_BUILT: '1', ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (out += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out };
}
