/** `proxy.yml`: what the proxy's operator decides. Everything else it reads from the governance repository. */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { isSha } from '../lib/git.ts';
import { parseOrigin } from '../lib/origin.ts';
import { isRefusal, refusal, Refused } from '../lib/refusal.ts';
import { readSettings } from '../lib/settings.ts';

const origin = z.string().transform((text, context) => {
  const answer = parseOrigin(text);
  if (!isRefusal(answer)) return answer;
  context.addIssue({ code: 'custom', message: `${answer.says} ${answer.next}` });
  return z.NEVER;
});
const file = z.string().min(1, 'name a file');
const seconds = (standard: number) => z.int().min(1).max(86_400).default(standard);
const LOOPBACK = ['127.0.0.1', '::1', 'localhost'];

export const proxySettings = z
  .strictObject({
    /** As agents write it in zone.yml: their tokens are made for exactly this. */
    origin,
    listen: z.strictObject({
      host: z.string().min(1).default('127.0.0.1'),
      port: z.int().min(0).max(65_535),
    }),
    tls: z.strictObject({ cert_file: file, key_file: file }).optional(),
    github: z.strictObject({
      origin: origin.default('https://github.com'),
      app_id: z.int().positive(),
      private_key_file: file,
    }),
    governance: z.strictObject({
      /** Numeric id: a repository that merely has the name is not it. */
      repository: z.int().positive(),
      owner: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,38}$/, 'write the organisation only'),
      name: z.string().regex(/^[A-Za-z0-9._-]{1,100}$/, 'write the repository name only'),
      branch: z
        .string()
        .regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,200}$/, 'write a branch name')
        .default('main'),
      commit: z.string().refine(isSha, 'write the full commit, 40 hexadecimal digits'),
      refresh_seconds: seconds(60),
    }),
    state_dir: file,
    limits: z
      .strictObject({
        request_bytes: z
          .int()
          .positive()
          .default(1024 ** 2),
        response_bytes: z
          .int()
          .positive()
          .default(4 * 1024 ** 3),
        requests_per_agent: z.int().min(1).max(1000).default(16),
        connect_seconds: seconds(10),
        headers_seconds: seconds(60),
        idle_seconds: seconds(60),
        total_seconds: seconds(1800),
      })
      .prefault({}),
  })
  .superRefine((settings, context) => {
    if (!settings.tls && !LOOPBACK.includes(settings.listen.host)) {
      context.addIssue({
        code: 'custom',
        path: ['listen', 'host'],
        message:
          'without tls the proxy listens on this machine only (127.0.0.1); give tls.cert_file and tls.key_file',
      });
    }
  });
export type ProxySettings = z.infer<typeof proxySettings>;
export type ProxyLimits = ProxySettings['limits'];

/** Relative paths in the file are relative to it. Throws Refused with every fault. */
export function readProxySettings(place: string): ProxySettings {
  const settings = readSettings(place, proxySettings);
  const at = (given: string): string => resolve(dirname(resolve(place)), given);
  return {
    ...settings,
    tls: settings.tls && { cert_file: at(settings.tls.cert_file), key_file: at(settings.tls.key_file) },
    github: { ...settings.github, private_key_file: at(settings.github.private_key_file) },
    state_dir: at(settings.state_dir),
  };
}

/** The App's RSA key, as GitHub hands it out. Throws Refused when it is missing, readable by others, or another kind. */
export function readAppKey(place: string): KeyObject {
  try {
    if ((statSync(place).mode & 0o077) !== 0) {
      throw new Refused(
        refusal('key.too-open', `The key ${place} can be read by other users.`, `Run: chmod 600 ${place}`),
      );
    }
    const key = createPrivateKey(readFileSync(place));
    if (key.asymmetricKeyType === 'rsa') return key;
  } catch (cause) {
    if (cause instanceof Refused) throw cause;
    throw new Refused(noKey(place), { cause });
  }
  throw new Refused(noKey(place));
}

function noKey(place: string) {
  return refusal(
    'proxy.app-key',
    `The App's private key cannot be read from ${place}.`,
    'Download it from the App\'s settings page, "Private keys".',
  );
}
