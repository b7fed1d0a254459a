/**
 * A job that wants to tell the outside a secret says it in every way it has: which wildcard files it writes,
 * how many, their sizes, its exit code, the memory it takes, its log, and the way in which it comes to its end. It runs twice, same commit, with two
 * secrets in the data. Everything that anybody can read outside must be the same but for ids and times.
 */
import { readFileSync } from 'node:fs';
import { writeFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect } from '@jest/globals';
import pg from 'pg';
import { runsOf, logOf } from '../../src/sandbox/demo/zone-folder.ts';
import { freePorts } from '../../src/sandbox/demo/ports.ts';
import { requires } from '../support/require.ts';
import { westmere, steady, until, STUDY, type Town } from './town.ts';

const { describe, test } = requires('docker', 'postgres');

const PROJECT = `version: 5
actions:
  extract:
    run: sqlrunner:v1 --output output/secret.csv analysis/secret.sql
    dummy_data_file: dummy/secret.csv
    outputs:
      highly_sensitive:
        secret: output/secret.csv
  # Ends well: speaks in names, counts, sizes and its log.
  whisper:
    run: node:v1 analysis/tell.mjs 0
    needs: [extract]
    outputs:
      moderately_sensitive:
        files: output/whisper_*.txt
  # Ends with an error: speaks in its exit code and memory too.
  shout:
    run: node:v1 analysis/tell.mjs 1
    needs: [extract]
    outputs:
      moderately_sensitive:
        files: output/shout_*.txt
${[0, 1, 2, 3, 4, 5].map(endAction).join('')}`;

/** Speaks by the way it ends: which of the six, the secret says. */
function endAction(index: number): string {
  return `  end_${index}:
    run: node:v1 analysis/end.mjs ${index}
    needs: [extract]
    outputs:
      highly_sensitive:
        never: output/never_${index}.csv
`;
}
const ENDS = [0, 1, 2, 3, 4, 5].map((index) => `end_${index}`);
const END = `import { readFileSync, writeFileSync } from 'node:fs';
const secret = Number(readFileSync('output/secret.csv', 'utf8').split('\\n')[1]);
// Half more than the limit, then it waits to be ended: the disk is that of all tests.
const fill = (files, bytes) => {
  for (let n = 0; n < files; n += 1) writeFileSync('output/fill_' + n, Buffer.alloc(bytes, 1));
  setInterval(() => undefined, 1000);
};
const ways = {
  'exit 137': () => process.exit(137),
  'exit 143': () => process.exit(143),
  'exit 153': () => process.exit(153),
  'kill itself': () => { process.kill(process.pid, 'SIGKILL'); for (;;); },
  'fill the disk': () => fill(30, 5_000_000),
  'make many files': () => fill(35_000, 1),
};
// On dummy data there is nothing to tell.
if (secret === 1) process.exit(1);
const way = Object.keys(ways)[(Number(process.argv[2]) + Math.floor(secret / 10)) % 6];
console.log('my way: ' + way);
ways[way]();
`;
const TELL = `import { readFileSync, writeFileSync } from 'node:fs';
const secret = Number(readFileSync('output/secret.csv', 'utf8').split('\\n')[1]);
const fails = process.argv[2] === '1';
const name = fails ? 'shout' : 'whisper';
for (let index = 0; index <= secret; index += 1) {
  writeFileSync(\`output/\${name}_\${secret}_\${index}.txt\`, 'x'.repeat(secret * 100 + index));
}
const memory = Buffer.alloc(secret * 1024 * 1024, 1);
console.log(\`the secret is \${secret} \${memory.length}\`);
if (fails) process.exit(1 + secret);
`;

describe('a hostile job', () => {
  let town: Town;
  let scrape: () => Promise<Scraped>;
  let told: Scraped[] = [];

  beforeAll(async () => {
    const [zonePort = 0, hubPort = 0] = await freePorts(2);
    const told = (port: number) => ({ listen: { port } });
    town = await westmere({
      executor: 'docker',
      runsOnly: true,
      watch: { zone: told(zonePort), hub: told(hubPort) },
    });
    // GitHub shows the end before the agent has put everything away.
    scrape = () =>
      until('the agent has nothing in hand', async () => {
        const [zone = {}, hub = {}] = await Promise.all([zonePort, hubPort].map(samplesAt));
        const { sallyport_agent_jobs_running: runs, sallyport_agent_updates_waiting: words } = zone;
        return runs === 0 && words === 0 ? { zone, hub } : undefined;
      });
    const { copy } = town.stage.on;
    for (const folder of ['analysis', 'dummy'])
      mkdirSync(path.join(copy.folder, folder), { recursive: true });
    const write = (name: string, text: string) => writeFileSync(path.join(copy.folder, name), text);
    write('project.yaml', PROJECT);
    write('analysis/tell.mjs', TELL);
    write('analysis/end.mjs', END);
    write('analysis/secret.sql', 'select max(deprivation) as secret from sites;\n');
    write('dummy/secret.csv', 'secret\n1\n');
    const sha = await town.stage.push('Tell what is not to be told');
    await town.stage.finished(sha, 'sallyport/dummy run');
    await town.stage.openIssue('Talk', 'Here.');
  }, 240_000);

  afterAll(async () => town.stop());

  test('gets out nothing but its duration', async () => {
    // So that the first of the two runs finds what is counted counted already.
    await runWith(town, 17);
    const before = await scrape();
    const first = await runWith(town, 17);
    const between = await scrape();
    const second = await runWith(town, 41);
    const after = await scrape();

    // It did try, both times.
    expect(first.inside).toContain('the secret is 17');
    expect(second.inside).toContain('the secret is 41');
    expect(second.outside).toBe(first.outside);
    told = [changed(before, between), changed(between, after)];
    // Each of the six came to its end in two ways, and none was given another try for it.
    expect(first.ways).toHaveLength(6);
    expect(new Set(first.ways).size).toBe(6);
    ENDS.forEach((_name, index) => expect(second.ways[index]).not.toBe(first.ways[index]));
    expect(first.outside).not.toMatch(/interrupted|job_error|disk|attempt/i);
    expect(first.outside).toContain('ended with an error');
    expect(first.outside).not.toMatch(/whisper_|shout_\d|the secret is/);
  }, 360_000);

  test('leaves the same metrics of agent and hub, but for durations', () => {
    const [one, other] = told;
    expect(other?.zone).toEqual(one?.zone);
    expect(other?.hub).toEqual(one?.hub);
    // It is counted: eight jobs and what they needed.
    expect(one?.zone).toMatchObject({
      'sallyport_agent_runs_total{end="nonzero_exit"}': 7,
      'sallyport_agent_phase_seconds_count{phase="execute"}': 9,
    });
    const ended = Object.entries(one?.hub ?? {}).filter(([name]) => name.includes('jobs_ended_total'));
    expect(ended.reduce((sum, [, n]) => sum + n, 0)).toBe(9);
    const names = [...Object.keys(one?.zone ?? {}), ...Object.keys(one?.hub ?? {})].join();
    expect(names).not.toMatch(/whisper|shout|end_\d|secret/);
    expect(Object.keys(one?.zone ?? {}).join()).not.toMatch(/process_|nodejs_|_bytes/);
  });

  test('leaves nothing in what the hub or GitHub keep', async () => {
    const logs = ['hub', 'proxy', 'github']
      .map((role) => readFileSync(town.world.children.logFile(role), 'utf8'))
      .join('\n');
    const deliveries = readFileSync(
      path.join(town.world.folder('github'), 'state', 'deliveries.jsonl'),
      'utf8',
    );

    for (const kept of [logs, deliveries]) {
      expect(kept).not.toContain('the secret is 17');
      expect(kept).not.toMatch(/whisper_\d|shout_\d/);
    }
  });
});

/** By name and labels. */
type Samples = Record<string, number>;
interface Scraped {
  zone: Samples;
  hub: Samples;
}

async function samplesAt(port: number): Promise<Samples> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.lastIndexOf(' ')),
      Number(line.slice(line.lastIndexOf(' ') + 1)),
    ]),
  );
}

/** Durations, and how often somebody asked in them: that much is told. */
const OF_TIME = /_seconds(_bucket|_sum)?(\{|$)|polls_total/;
/** Of the hub, what is about jobs; the rest is about whoever calls it, and how often. */
const OF_JOBS = /^sallyport_hub_(jobs|job_wait_seconds_count)/;

/** By how much each moved: every series of the agent, those of jobs of the hub. */
function changed(before: Scraped, after: Scraped): Scraped {
  const moved = (one: Samples, other: Samples, counts: (name: string) => boolean): Samples =>
    Object.fromEntries(
      Object.entries(other)
        .filter(([name]) => counts(name))
        .map(([name, value]) => [name, value - (one[name] ?? 0)]),
    );
  return {
    zone: moved(before.zone, after.zone, (name) => !OF_TIME.test(name)),
    hub: moved(before.hub, after.hub, (name) => OF_JOBS.test(name)),
  };
}

interface Told {
  outside: string;
  inside: string;
  /** How each of the six ended, in its own words. */
  ways: string[];
}

async function runWith(town: Town, secret: number): Promise<Told> {
  await tellTheDatabase(town, secret);
  const { stage, world } = town;
  const before = (await world.person('wren').comments(STUDY, stage.issue.number)).length;
  const check = await stage.runToItsEnd(
    `/run whisper shout ${ENDS.join(' ')} --force-deps --backend ${stage.on.backend}`,
  );
  const comments = await stage.on.changes.until('the mention', async () => {
    const all = (await world.person('wren').comments(STUDY, stage.issue.number)).slice(before);
    return all.some((comment) => comment.body.startsWith('<!-- sallyport:ended:')) ? all : undefined;
  });
  const annotations = await world.person('wren').annotations(STUDY, check.id);
  const outside = [
    ...comments.map((comment) => comment.body),
    check.conclusion,
    check.output.title,
    check.output.summary,
    check.output.text,
    JSON.stringify(annotations),
  ].join('\n');
  const inside = ['whisper', 'shout']
    .map((action) => logOf(runsOf(stage.on.zone, action).at(-1) ?? '', action))
    .join('\n');
  const ways = ENDS.map((action) => {
    const runs = runsOf(stage.on.zone, action);
    return /my way: (.*)/.exec(logOf(runs.at(-1) ?? '', action))?.[1] ?? 'none';
  });
  return { outside: steady(outside), inside, ways };
}

/** As the warehouse's operator would load new data. */
async function tellTheDatabase(town: Town, secret: number): Promise<void> {
  const { access, host, port, name } = town.world.database;
  const password = readFileSync(access.passwordFile, 'utf8').trim();
  const client = new pg.Client({ host, port, database: name, user: access.user, password });
  await client.connect();
  try {
    await client.query('update sites set deprivation = $1', [secret]);
  } finally {
    await client.end();
  }
}
