/** `proxy.yml`: what the proxy's operator decides. Everything else it reads from the governance repository. */
import type { KeyObject } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { isSha } from '../lib/git.ts';
import { parseOrigin } from '../lib/origin.ts';
import { isRefusal, refusal } from '../lib/refusal.ts';
import { readAppKey } from '../lib/secret-place.ts';
import { readSettings } from '../lib/settings.ts';
import { watchAt, watchSetting } from '../lib/watch-settings.ts';
import { parsePublicKey } from '../lib/keys.ts';
import { mayConnect } from './addresses.ts';
import { imagePaths, imageSettings } from './images/settings.ts';
import { packageFaults, packagePaths, packageSettings } from './packages/settings.ts';

const origin = z.string().transform((text, context) => {
  const answer = parseOrigin(text);
  if (!isRefusal(answer)) return answer;
  context.addIssue({ code: 'custom', message: `${answer.says} ${answer.next}` });
  return z.NEVER;
});
const file = z.string().min(1, 'name a file');
const seconds = (standard: number) => z.int().min(1).max(86_400).default(standard);
const publicKey = z
  .string()
  .refine((text) => !isRefusal(parsePublicKey(text)), 'write the public line of an Ed25519 key, `ed25519:…`');
const LOOPBACK = ['127.0.0.1', '::1', 'localhost'];

export const proxySettings = z
  .strictObject({
    /** As agents write it in zone.yml: their tokens are made for exactly this. */
    origin,
    listen: z.strictObject({
      host: z.string().min(1).default('127.0.0.1'),
      port: z.int().min(0).max(65_535),
    }),
    tls: z
      .strictObject({
        cert_file: file,
        key_file: file,
        client_ca_file: file.optional(),
        /** What the clients' authority has withdrawn. */
        crl_file: file.optional(),
      })
      .optional(),
    github: z.strictObject({
      origin: origin.default('https://github.com'),
      app_id: z.int().positive(),
      private_key_file: file,
      /** Authorities that signed the certificate of a GitHub Enterprise Server. */
      ca_file: file.optional(),
      /** It has an address inside; otherwise only public ones are connected to. */
      private: z.boolean().default(false),
    }),
    /** Its tasks say which commits may be fetched. */
    hub: z.strictObject({ key: publicKey, next_key: publicKey.optional() }).optional(),
    /** `any` lets every commit of a listed repository through. */
    wants: z.enum(['approved', 'any']).default('approved'),
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
    /** The registry itself, and which images, governance lists. */
    images: imageSettings,
    /** Archives that hosts of the zone update themselves from; without it none. */
    packages: packageSettings.optional(),
    watch: watchSetting.optional(),
    limits: z
      .strictObject({
        request_bytes: z
          .int()
          .positive()
          .default(1024 ** 2),
        /** Of a request that came compressed. */
        inflated_bytes: z
          .int()
          .positive()
          .default(8 * 1024 ** 2),
        response_bytes: z
          .int()
          .positive()
          .default(4 * 1024 ** 3),
        requests_per_agent: z.int().min(1).max(1000).default(16),
        /** Of one agent. */
        requests_per_minute: z.int().min(1).max(1_000_000).default(600),
        bytes_per_minute: z
          .int()
          .positive()
          .default(16 * 1024 ** 3),
        request_seconds: seconds(60),
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
    if (settings.tls?.crl_file !== undefined && settings.tls.client_ca_file === undefined) {
      context.addIssue({
        code: 'custom',
        path: ['tls', 'crl_file'],
        message: 'nobody is asked for a certificate that could be withdrawn: give tls.client_ca_file',
      });
    }
    if (settings.wants === 'approved' && !settings.hub) {
      context.addIssue({
        code: 'custom',
        path: ['hub'],
        message:
          "this setting is missing: write `hub: {key: 'ed25519:…'}`, the line `key` of cards/hub.yml from the public host; or `wants: any`, which lets every commit of a listed repository through",
      });
    }
    for (const [path, message] of settings.packages ? packageFaults(settings.packages, settings) : [])
      context.addIssue({ code: 'custom', path: ['packages', ...path], message });
    if (!settings.github.private && !mayConnect(new URL(settings.github.origin).host, new Set())) {
      context.addIssue({
        code: 'custom',
        path: ['github', 'origin'],
        message: 'this is no public address; write `private: true` beside it if it is meant',
      });
    }
  });
export type ProxySettings = z.infer<typeof proxySettings>;
export type ProxyLimits = ProxySettings['limits'];

/** Relative paths in the file are relative to it. Throws Refused with every fault. */
export function readProxySettings(place: string): ProxySettings {
  const settings = readSettings(place, proxySettings);
  const { tls, github } = settings;
  const at = (given: string): string => resolve(dirname(resolve(place)), given);
  return {
    ...settings,
    tls: tls && {
      cert_file: at(tls.cert_file),
      key_file: at(tls.key_file),
      ...(tls.client_ca_file === undefined ? {} : { client_ca_file: at(tls.client_ca_file) }),
      ...(tls.crl_file === undefined ? {} : { crl_file: at(tls.crl_file) }),
    },
    github: {
      ...github,
      private_key_file: at(github.private_key_file),
      ...(github.ca_file === undefined ? {} : { ca_file: at(github.ca_file) }),
    },
    state_dir: at(settings.state_dir),
    images: imagePaths(settings.images, at),
    ...packagePaths(settings.packages, at),
    ...watchAt(settings.watch, at),
  };
}

/** The App's RSA key. Throws Refused when it is missing, readable by others, or another kind. */
export function readProxyAppKey(named: string): KeyObject {
  return readAppKey(named, noKey);
}

function noKey(place: string) {
  return refusal(
    'proxy.app-key',
    `The App's private key cannot be read from ${place}.`,
    'Download it from the App\'s settings page, "Private keys".',
  );
}
