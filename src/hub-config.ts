/**
 * `hub.yml`: what the operator of a hub says. Read once at start; every fault is told at once, with where
 * the right value is to be had. Files are named relative to the folder of `hub.yml`.
 */
import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { LogKeys } from './db/log.ts';
import { GITHUB_LIMITS, type WriteLimits } from './github/github.ts';
import { isKeyName, verifierKey, type Signer } from './ledger/ledger.ts';
import { seconds } from './lib/clock.ts';
import { parsePublicKey, readPrivateKey, type KeyPair } from './lib/keys.ts';
import { parseOrigin } from './lib/origin.ts';
import { hideInLogs } from './lib/redact.ts';
import { isRefusal, refusal, Refused } from './lib/refusal.ts';
import { isOpen, secretPlace } from './lib/secret-place.ts';
import { tracesSetting, type TracesSetting } from './lib/traces.ts';
import { watchAt, watchSetting, type WatchSetting } from './lib/watch-settings.ts';

const file = z.string().min(1).max(1000);
const publicKey = z.string().refine((key) => !isRefusal(parsePublicKey(key)), 'this is no ed25519:… key');
const login = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,38}$/);
export const hubSchema = z.strictObject({
  github: z.strictObject({
    origin: z.string(),
    app_id: z.int().positive(),
    private_key_file: file,
    webhook_secret_files: z.array(file).min(1).max(2),
    client_id: z
      .string()
      .regex(/^[A-Za-z0-9._-]{1,100}$/)
      .optional(),
    client_secret_file: file.optional(),
    sweep_seconds: z.int().min(5).max(3600).default(60),
  }),
  governance: z.strictObject({
    repository: z.strictObject({
      id: z.int().positive(),
      owner: login,
      name: z.string().regex(/^[A-Za-z0-9._-]{1,100}$/),
    }),
    branch: z.string().min(1).default('main'),
    pinned: z.string().regex(/^[0-9a-f]{40}$/),
  }),
  hub: z.strictObject({
    origin: z.string(),
    key_file: file,
    listen: z.strictObject({ host: z.string().default('127.0.0.1'), port: z.int().min(0).max(65_535) }),
    trusted_proxies: z
      .array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]))
      .max(20)
      .default([]),
  }),
  /** The steward's public key; the next one beside it while it is being rotated. */
  steward: z.strictObject({ key: publicKey, next_key: publicKey.optional() }).optional(),
  /** With what the public log is signed; the next key beside it while it is being rotated. */
  ledger: z
    .strictObject({
      key_file: file,
      next_key_file: file.optional(),
      origin: z.string().refine(isKeyName, 'an address without scheme, spaces or +').optional(),
    })
    .optional(),
  data: file,
  database_url_file: file.optional(),
  writes: z
    .strictObject({
      per_second: z.number().positive(),
      burst: z.int().positive(),
      creations_per_minute: z.int().positive(),
      creations_per_hour: z.int().positive(),
      update_gap_ms: z.int().min(0),
    })
    .partial()
    .default({}),
  watch: watchSetting.optional(),
  traces: tracesSetting.optional(),
  log: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
});

/** Where the right value is to be had, by the setting's path. */
const WHERE: Record<string, string> = {
  'github.origin': 'the address of GitHub in your browser, https://github.com unless you run your own server',
  'github.app_id': 'the App\'s settings page, "App ID"',
  'github.private_key_file': 'the App\'s settings page, "Private keys", "Generate a private key"',
  'github.webhook_secret_files':
    'the App\'s settings page, "Webhook secret"; save the same text in a file; while rotating, the new one first',
  'github.client_id': 'the App\'s settings page, "Client ID"',
  'github.client_secret_file': 'the App\'s settings page, "Client secrets", "Generate a new client secret"',
  'governance.repository.id': 'https://api.github.com/repos/OWNER/NAME, "id"',
  'governance.repository.owner': 'the organisation that owns the governance repository',
  'governance.repository.name': 'the name of the governance repository',
  'governance.pinned': '"git rev-parse HEAD" in a clone of the governance repository that you have read',
  'hub.origin': 'the address under which agents and browsers reach this hub',
  'hub.key_file': '"sallyport keygen --out FILE"; its public line goes into each zone.yml',
  'hub.listen': 'an address and port of this machine',
  'hub.trusted_proxies': 'the addresses of your TLS proxy, as this machine sees them',
  'steward.key': '"sallyport keygen --out steward.key" on the machine of the steward prints it',
  'ledger.key_file':
    '"sallyport keygen --log ORIGIN --out FILE", a key of its own; the line it prints is what people verify with',
  'ledger.origin': 'the address under which the log is served, without https://, as hub.example.org/log',
  data: "a folder of the hub's own user",
};

/** Not told as lacking when their whole section lacks. */
const OPTIONAL = new Set([
  'github.client_id',
  'github.client_secret_file',
  'hub.trusted_proxies',
  'ledger.origin',
]);

export interface HubConfig {
  github: {
    origin: string;
    appId: number;
    privateKey: string;
    webhookSecrets: string[];
    /** How often deliveries that did not arrive are looked for; a minute unless told. */
    sweepMs?: number;
    /** With which people sign in on the hub's pages; absent: nobody can. */
    signIn?: { clientId: string; clientSecret: string };
  };
  governance: { repository: { id: number; owner: string; name: string }; branch: string; pinned: string };
  /** As agents name it; the audience of their tokens. */
  origin: string;
  key: KeyPair;
  listen: { host: string; port: number };
  /** Whose word is taken for the address of a browser. */
  trustedProxies?: string[];
  /** `ed25519:…`; without one there is no steward, and nothing is published. */
  stewardKeys?: string[];
  /** Without it the record is numbered, kept, and not signed. */
  ledger?: LogKeys;
  dataDir: string;
  databaseUrl?: string;
  writes: WriteLimits;
  /** Where it tells how it is; absent: only at /healthz of its own port. */
  watch?: WatchSetting;
  /** The collector that traces are sent to. */
  traces?: TracesSetting;
  log: string;
}

/** Throws Refused `hub.config` with every fault. DATABASE_URL in the environment names a server, too. */
export function readHubConfig(path: string, env: NodeJS.ProcessEnv = process.env): HubConfig {
  const text = slurp(path);
  if (text === undefined) throw refused([`${path} cannot be read. Say where it is with --config.`]);
  let raw: unknown;
  try {
    raw = parse(text);
  } catch (error) {
    throw refused([`${path} is not YAML: ${error instanceof Error ? error.message.split('\n')[0] : ''}`]);
  }
  const read = hubSchema.safeParse(raw);
  if (!read.success) throw refused(read.error.issues.flatMap(tell));
  const settings = read.data;
  const faults: string[] = [];
  const at = (name: string) => resolve(dirname(path), name);
  const secret = (name: string) => secretPlace(at(name), env);
  const secretText = (setting: string, name: string): string => {
    const held = slurp(secret(name))?.trim();
    hideInLogs(held);
    if (held) return held;
    faults.push(
      `${setting}: the file ${at(name)} is missing or empty. Get it from: ${WHERE[setting] ?? ''}.`,
    );
    return '';
  };
  const origin = (setting: string, value: string): string => {
    const found = parseOrigin(value);
    if (!isRefusal(found)) return found;
    faults.push(`${setting}: ${found.says} ${found.next}`);
    return '';
  };
  const keyIn = (setting: string, name: string): KeyPair | undefined => {
    try {
      return readPrivateKey(at(name));
    } catch (error) {
      faults.push(`${setting}: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  };
  const pair = keyIn('hub.key_file', settings.hub.key_file);
  const privateKey = secretText('github.private_key_file', settings.github.private_key_file);
  if (privateKey && !isRsaKey(privateKey))
    faults.push(
      `github.private_key_file: this is no RSA private key in PEM form. Get it from: ${WHERE['github.private_key_file']}.`,
    );
  const { client_id: clientId, client_secret_file: clientSecretFile } = settings.github;
  const clientSecret = clientSecretFile && secretText('github.client_secret_file', clientSecretFile);
  if (Boolean(clientId) !== Boolean(clientSecretFile)) {
    const lacking = clientId ? 'github.client_secret_file' : 'github.client_id';
    faults.push(
      `${lacking} is missing: people sign in with both or not at all. Get it from: ${WHERE[lacking]}.`,
    );
  }
  const secretFiles = [
    settings.github.private_key_file,
    ...settings.github.webhook_secret_files,
    ...(clientSecretFile ? [clientSecretFile] : []),
    ...(settings.database_url_file ? [settings.database_url_file] : []),
  ];
  for (const name of secretFiles) {
    if (isReadable(secret(name)))
      faults.push(`${at(name)} can be read by other users. Run: chmod 600 ${at(name)}`);
  }
  const databaseUrl = settings.database_url_file
    ? secretText('database_url_file', settings.database_url_file)
    : env['DATABASE_URL'];
  const hubOrigin = origin('hub.origin', settings.hub.origin);
  const logOf = ({ origin: name, ...files }: NonNullable<typeof settings.ledger>): LogKeys => {
    const logOrigin = name ?? `${hubOrigin.replace(/^https?:\/\//, '') || 'hub'}/log`;
    const signers = (['key_file', 'next_key_file'] as const).flatMap((which): Signer[] => {
      const written = files[which] && keyIn(`ledger.${which}`, files[which]);
      if (!written) return [];
      if (written.publicText === pair?.publicText)
        faults.push(
          `ledger.${which}: this is the hub's own key. Make one for the log: ${WHERE['ledger.key_file']}.`,
        );
      return [{ ...verifierKey(logOrigin, written.publicKey), privateKey: written.privateKey }];
    });
    return { origin: logOrigin, signers };
  };
  const config = {
    github: {
      origin: origin('github.origin', settings.github.origin),
      appId: settings.github.app_id,
      privateKey,
      webhookSecrets: settings.github.webhook_secret_files.map((name) =>
        secretText('github.webhook_secret_files', name),
      ),
      sweepMs: seconds(settings.github.sweep_seconds),
      ...(clientId && clientSecret && { signIn: { clientId, clientSecret } }),
    },
    governance: settings.governance,
    origin: hubOrigin,
    listen: settings.hub.listen,
    trustedProxies: settings.hub.trusted_proxies,
    ...(settings.steward && {
      stewardKeys: [settings.steward.key, settings.steward.next_key].filter((key) => key !== undefined),
    }),
    ...(settings.ledger && { ledger: logOf(settings.ledger) }),
    dataDir: at(settings.data),
    ...(databaseUrl && { databaseUrl }),
    writes: limits(settings.writes),
    ...watchAt(settings.watch, at),
    ...(settings.traces && { traces: settings.traces }),
    log: settings.log,
  };
  if (faults.length > 0 || !pair) throw refused(faults);
  return { ...config, key: pair };
}

function limits(writes: z.infer<typeof hubSchema>['writes']): WriteLimits {
  return {
    perSecond: writes.per_second ?? GITHUB_LIMITS.perSecond,
    burst: writes.burst ?? GITHUB_LIMITS.burst,
    creationsPerMinute: writes.creations_per_minute ?? GITHUB_LIMITS.creationsPerMinute,
    creationsPerHour: writes.creations_per_hour ?? GITHUB_LIMITS.creationsPerHour,
    updateGapMs: writes.update_gap_ms ?? GITHUB_LIMITS.updateGapMs,
  };
}

function tell(issue: z.core.$ZodIssue): string[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => `${[...path, key].join('.')}: no such setting.`);
  const name = path.join('.');
  const whole = Object.keys(WHERE).filter((each) => each.startsWith(`${name}.`) && !OPTIONAL.has(each));
  const where = WHERE[name] ?? WHERE[path.slice(0, -1).join('.')];
  if (!where && whole.length > 0)
    return whole.map((each) => `${each} is missing. Get it from: ${WHERE[each]}.`);
  return [`${name || 'hub.yml'}: ${issue.message}.${where ? ` Get it from: ${where}.` : ''}`];
}

function refused(faults: string[]): Refused {
  return new Refused(
    refusal(
      'hub.config',
      `hub.yml cannot be used:\n${faults.map((each) => `- ${each}`).join('\n')}\n`,
      'docs/install/hub.md shows a whole one.',
    ),
  );
}

function slurp(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function isReadable(path: string): boolean {
  try {
    return isOpen(path);
  } catch {
    return false;
  }
}

function isRsaKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}
