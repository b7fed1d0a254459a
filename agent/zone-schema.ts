/**
 * The settings of `zone.yml`. Each has an effect; what is not listed here is refused, so no credential
 * for GitHub and no way round the floors can be added.
 */
import { isIP } from 'node:net';
import path from 'node:path';
import { z } from 'zod';
import { isSha } from '../src/lib/git.ts';
import { parsePublicKey } from '../src/lib/keys.ts';
import { parseOrigin } from '../src/lib/origin.ts';
import { isRefusal, type Refusal } from '../src/lib/refusal.ts';
import { parseSshKey } from '../src/lib/ssh-signature.ts';
import { branch, name } from '../src/protocol/messages.ts';
import { zoneDisk, zoneTraces, zoneWatch } from './zone-watch.ts';

/** Text that a parser of ours takes; its refusal is the fault. */
function taken(parse: (text: string) => unknown): z.ZodType<string, string> {
  return z.string().superRefine((text, context) => {
    const answer: unknown = parse(text);
    if (isRefusal(answer)) context.addIssue({ code: 'custom', message: saidBy(answer) });
  });
}
const saidBy = ({ says, next }: Refusal): string => `${says} ${next}`;
const origin = taken(parseOrigin);
const publicKey = taken(parsePublicKey);
const sshKey = taken(parseSshKey);
const file = z.string().min(1);
const table = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*)?$/, 'write it as schema.table, or schema');
/** Neither root nor a user that could own anything else here. */
const systemId = z.int().min(1).max(2_147_483_646);

/** What the database is asked about itself. Leaving it out switches asking off. */
const databaseStatus = z
  .strictObject({
    /** An account that may read what is asked, and nothing else. */
    user: z.string().min(1),
    password_file: file,
    /** One query, without a semicolon. Without `answers` a row means maintenance. */
    question: z
      .string()
      .min(1)
      .max(5000)
      .regex(/^[^;]*$/, 'write one query, without a semicolon'),
    /** What the one value of its one row may be. */
    answers: z
      .strictObject({ maintenance: z.array(z.string()).min(1), available: z.array(z.string()).min(1) })
      .refine(({ maintenance, available }) => !maintenance.some((one) => available.includes(one)), {
        error: 'an answer means one thing: list it once',
      })
      .optional(),
    every_seconds: z.int().min(10).max(3600).default(300),
  })
  .optional();

const database = z.strictObject({
  host: z.string().min(1),
  port: z.int().min(1).max(65_535).default(5432),
  /** Name of the database on that server. */
  name: z.string().min(1),
  /** Dataset → what belongs to it: `schema.table`, or `schema` for all its tables. */
  datasets: z.record(name, z.array(table).min(1)),
  /** An account that may create roles: each job gets its own, dropped afterwards. The password stands in a file. */
  admin: z.strictObject({ user: z.string().min(1), password_file: file }).optional(),
  /** Where the database cannot make roles: one read-only account per set of datasets. */
  accounts: z
    .array(z.strictObject({ datasets: z.array(name).min(1), user: z.string().min(1), password_file: file }))
    .min(1)
    .optional(),
  status: databaseStatus,
});

const LOOPBACK = ['127.0.0.1', '::1', 'localhost'];

/** One of the airlock's two origins: what browsers call it, and where it listens. */
const site = z
  .strictObject({
    origin,
    listen: z.strictObject({
      host: z.string().min(1).default('127.0.0.1'),
      port: z.int().min(1).max(65_535),
    }),
    /** Without it something in front speaks TLS, so the airlock listens on this machine only. */
    tls: z.strictObject({ cert_file: file, key_file: file }).optional(),
  })
  .refine(({ listen, tls }) => tls !== undefined || LOOPBACK.includes(listen.host), {
    path: ['listen', 'host'],
    error: 'without tls it listens on this machine only (127.0.0.1): give tls.cert_file and tls.key_file',
  });

const agentSettings = z.strictObject({
  id: name,
  key_file: file,
  state_dir: file,
  watch: zoneWatch.optional(),
  disk: zoneDisk,
});

/** clamd on this machine: files go to it unencrypted, so it is reached over nothing but this machine. */
const scanner = z
  .strictObject({
    socket: file.optional(),
    host: z.string().optional(),
    port: z.int().min(1).max(65_535).optional(),
    timeout_seconds: z.int().min(1).max(600).default(60),
  })
  .superRefine(({ socket, host, port }, context) => {
    const fault = (at: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [at], message });
    if ((socket === undefined) === (port === undefined))
      fault('socket', "give clamd's socket, or the port it listens on here, not both");
    if (host !== undefined && port === undefined) fault('host', 'goes with port');
    if (host !== undefined && !LOOPBACK.includes(host))
      fault('host', 'the engine listens on this machine: 127.0.0.1, ::1 or localhost');
  });

const airlock = z.strictObject({
  id: name,
  key_file: file,
  state_dir: file,
  /** Holds a PostgreSQL address; without it the database is a folder in `state_dir`. */
  database_url_file: file.optional(),
  /** Where the agent's workspaces are read; standard: agent.state_dir. */
  agent_state_dir: file.optional(),
  app: site,
  /** Untrusted files are shown from here: another host name, so that no cookie of the app is ever sent to it. */
  content: site,
  /** Looks for malware in every file that is asked for; without it that check is not made. */
  scanner: scanner.optional(),
  watch: zoneWatch.optional(),
  disk: zoneDisk,
});

const runtime = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, "write the engine's name for the runtime");

/** What the engine must put around each job: what is asked for and absent stops the agent from taking work. */
const docker = z
  .strictObject({
    socket: file.optional(),
    /** `standard`: our own filter of system calls. `none` is for kernels without filters alone. */
    seccomp: z.enum(['standard', 'engine', 'none']).default('standard'),
    apparmor: z.enum(['required', 'optional']).default('optional'),
    /** gVisor, Kata …: as daemon.json calls it. */
    runtime: runtime.optional(),
    /** Of jobs with a database, where that is another. */
    database_runtime: runtime.optional(),
    /** What such a runtime takes of the host's processes for itself. */
    runtime_pids: z.int().min(0).max(4096).optional(),
    /** Where the engine has `userns-remap`: the first id of its range. */
    users_from: z.int().min(1000).max(2_000_000_000).optional(),
  })
  .prefault({});

/** Enough to be typed by a person, too few to hide one in. */
const MAX_SIGNERS = 50;

export const zoneSchema = z
  .strictObject({
    governance: z.strictObject({
      /** Numeric id of the repository, for the record and for the proxy. */
      repository: z.int().positive(),
      owner: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,38}$/, 'write the organisation only'),
      name: z.string().regex(/^[A-Za-z0-9._-]{1,100}$/, 'write the repository name only'),
      /** What the record calls the place; the agent itself speaks to the proxy only. */
      origin: origin.default('https://github.com'),
      branch: branch.default('main'),
      /** Every version the agent accepts descends from this commit. */
      commit: z.string().refine(isSha, 'write the full commit, 40 hexadecimal digits'),
      refresh_seconds: z.int().min(5).max(3600).default(60),
      /** With no newer look at the repository than this, no job is started. */
      max_age_seconds: z.int().min(60).max(86_400).default(3600),
    }),
    hub: z.strictObject({ url: origin, key: publicKey, next_key: publicKey.optional() }),
    proxy: z.strictObject({
      url: origin,
      ca_file: file.optional(),
      /** Where the proxy has `tls.client_ca_file`. */
      client: z.strictObject({ cert_file: file, key_file: file }).optional(),
    }),
    agent: agentSettings,
    airlock: airlock.optional(),
    review: z
      .strictObject({
        /** Whose word counts on who reviewed: the hub's, or only a passkey enrolled in this zone. */
        trust: z.enum(['hub', 'zone']).default('hub'),
        /** Whether a signature on GitHub needs the code that the viewer shows, whatever governance says. */
        signing_code: z.enum(['optional', 'required']).default('optional'),
      })
      .prefault({}),
    /** Under `review.trust: zone`: who may let a change of governance grant or loosen, two of them each time. */
    signers: z.array(sshKey).max(MAX_SIGNERS).default([]),
    /** Where the agent's traces go; off without it. */
    traces: zoneTraces.optional(),
    backend: name,
    data: z.enum(['real', 'dummy']),
    /** The zone's own switch: while this file is there everything here stands still. Standard: FROZEN beside this file. */
    freeze_file: file.optional(),
    /** What governance lifts stays frozen here until the operator has confirmed it. Always so under `review.trust: zone`. */
    confirm_unfreeze: z.boolean().default(false),
    executor: z.enum(['docker', 'process']).default('docker'),
    /** For `process`: the words put before a job's own, by image name. */
    commands: z.record(z.string(), z.array(z.string().min(1)).min(1)).default({}),
    /** Only the demo on a machine without Docker says so. */
    demo: z.boolean().default(false),
    docker,
    images: z
      .strictObject({
        registry: z.string().min(1).optional(),
        /** `proxy`: what governance lists and is not here is fetched through the proxy, by digest. */
        pull: z.enum(['never', 'proxy']).default('never'),
        /** For all tries of one image together. */
        pull_minutes: z.int().min(1).max(240).default(20),
      })
      .prefault({}),
    database: database.optional(),
    user: z.strictObject({ uid: systemId, gid: systemId }).default({ uid: 10_001, gid: 10_001 }),
    floors: z
      .strictObject({
        /** How many must approve each file. Two is the least, and what requests are built for. */
        checkers: z
          .literal(2, 'two checkers approve each file, never fewer; a third joins when they disagree')
          .default(2),
        /** Counts up to it are too small, whatever governance says. */
        threshold: z.int().min(0).max(1000).optional(),
        /** Counts are rounded to multiples of at least this. */
        rounding: z.int().min(1).max(1000).optional(),
        max_file_bytes: z.int().positive().max(16_777_216).optional(),
        csv_rows: z.int().positive().max(5000).optional(),
        types: z.array(z.string()).optional(),
        /** No file leaves that a malware scan has not confirmed: there must be an engine. */
        malware_scan: z.enum(['required', 'optional']).default('optional'),
      })
      .prefault({}),
  })
  .superRefine((zone, context) => {
    const fault = (at: (string | number)[], message: string): void =>
      context.addIssue({ code: 'custom', path: at, message });
    // The demo has invented data, but takes the way of real data: what tells it apart is that nobody else is there.
    if (zone.executor === 'process' && !(zone.demo && [zone.hub.url, zone.proxy.url].every(isThisMachine)))
      fault(
        ['executor'],
        'process isolates nothing: it exists for the demo only (demo: true, hub and proxy on this machine)',
      );
    if (zone.executor === 'process' && zone.images.pull === 'proxy')
      fault(['images', 'pull'], 'plain processes have no images: leave it out, or use the executor "docker"');
    if (zone.executor === 'docker' && Object.keys(zone.commands).length > 0)
      fault(['commands'], 'only the executor "process" has commands');
    if (zone.data === 'dummy' && zone.database)
      fault(['database'], 'a backend of dummy data has no database: remove it, or say data: real');
    if (zone.database && (zone.database.admin === undefined) === (zone.database.accounts === undefined))
      fault(['database'], 'give either admin (roles are made per job) or accounts (made by you), not both');
    rootOfTrust(zone, fault);
    if (zone.floors.malware_scan === 'required' && zone.airlock && !zone.airlock.scanner)
      fault(['airlock', 'scanner'], 'floors.malware_scan is required: name the engine (clamd)');
    if (zone.airlock) airlockStandsApart({ agent: zone.agent, airlock: zone.airlock }, fault);
  })
  .transform((zone) => ({
    ...zone,
    airlock: zone.airlock && {
      ...zone.airlock,
      agent_state_dir: zone.airlock.agent_state_dir ?? zone.agent.state_dir,
      app: normal(zone.airlock.app),
      content: normal(zone.airlock.content),
    },
  }));

type Fault = (at: (string | number)[], message: string) => void;

function rootOfTrust(
  zone: {
    review: { trust: 'hub' | 'zone' };
    signers: readonly string[];
    airlock?: { app: { origin: string } };
  },
  fault: Fault,
): void {
  const { review, signers, airlock: settings } = zone;
  if (review.trust === 'hub') {
    if (signers.length > 0)
      fault(
        ['signers'],
        'nobody asks for signatures under review.trust: hub; say trust: zone, or remove them',
      );
    return;
  }
  const keys = signers.map((line) => parseSshKey(line)).map((key) => (isRefusal(key) ? undefined : key.id));
  keys.forEach((id, index) => {
    if (id !== undefined && keys.indexOf(id) < index)
      fault(['signers', index], 'this key is listed twice: each signer has a key of their own');
  });
  if (new Set(keys).size < 2)
    fault(['signers'], 'review.trust: zone needs the SSH public keys of at least two signers');
  const host = settings && hostOf(settings.app.origin);
  if (host !== undefined && isIP(host) !== 0)
    fault(['airlock', 'app', 'origin'], 'passkeys need a name, not an IP address: give the app a host name');
}

/** Separate key, separate folder, separate origins: what is shown must not reach what decides. */
function airlockStandsApart(
  { agent, airlock: own }: { agent: z.infer<typeof agentSettings>; airlock: z.infer<typeof airlock> },
  fault: Fault,
): void {
  if (path.normalize(own.key_file) === path.normalize(agent.key_file))
    fault(['airlock', 'key_file'], 'the agent uses this key: make the airlock one of its own');
  if (within(own.state_dir, agent.state_dir) || within(agent.state_dir, own.state_dir))
    fault(['airlock', 'state_dir'], "the agent's folder must stand apart: give the airlock one of its own");
  if (hostOf(own.app.origin) === hostOf(own.content.origin))
    fault(
      ['airlock', 'content', 'origin'],
      'files are shown from another host name than the app, or its cookies would be sent along',
    );
  const [a, b] = [own.app.listen, own.content.listen];
  if (a.host === b.host && a.port === b.port)
    fault(['airlock', 'content', 'listen', 'port'], 'the app listens here: give another port');
}

function within(inner: string, outer: string): boolean {
  const from = path.relative(path.normalize(outer), path.normalize(inner));
  return from === '' || !(from === '..' || from.startsWith(`..${path.sep}`) || path.isAbsolute(from));
}

function hostOf(address: string): string | undefined {
  const parsed = parseOrigin(address);
  return isRefusal(parsed) ? undefined : new URL(parsed).hostname.replace(/^\[|\]$/g, '');
}

/** As browsers write it, which is what the `Origin` header is compared with. */
function normal<T extends { origin: string }>(written: T): T {
  const parsed = parseOrigin(written.origin);
  return isRefusal(parsed) ? written : { ...written, origin: parsed };
}

/** Plain http is allowed to loopback addresses alone, so the scheme says it. */
function isThisMachine(url: string): boolean {
  return url.startsWith('http://');
}
