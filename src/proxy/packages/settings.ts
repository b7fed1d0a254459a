/**
 * `packages` in proxy.yml: the Debian archives that hosts of the zone may update themselves from, and which parts of them.
 * Governance has no word in it: packages belong to hosts, and hosts to their operators.
 */
import { z } from 'zod';
import { mayConnect, nameOf } from '../addresses.ts';
import { host, upstreamSettings } from '../upstream-settings.ts';

const MOST = 50;

/** Whole words of a path, as archives name suites and components. */
const SUITE = /^[a-z][a-z0-9]*(?:[.-][a-z0-9]+)*$/;
const COMPONENT = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
const UPSTREAM =
  /^https:\/\/([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::[1-9]\d{0,4})?)((?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*)\/?$/;

const archive = z.strictObject({
  /** What `sources.list` of the zone's hosts says; it leads to this proxy, whose certificate has it. */
  host: z
    .string()
    .regex(
      /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/,
      'write a host name in lower case, without a port',
    ),
  /** Where the archive is; its path is the same on both sides. */
  upstream: z
    .string()
    .regex(UPSTREAM, 'write an address like https://mirror.example.org/ubuntu: https, in plain words')
    .transform((text) => text.replace(/\/$/, '')),
  suites: z.array(z.string().max(60).regex(SUITE, 'write a suite, like noble-updates')).min(1).max(MOST),
  components: z.array(z.string().max(60).regex(COMPONENT, 'write a component, like main')).min(1).max(MOST),
  /** Hosts that it may point to with a file. */
  redirect_hosts: z.array(host).max(20).default([]),
});

export const packageSettings = z
  .strictObject({
    archives: z.array(archive).min(1).max(20),
    ...upstreamSettings,
  })
  .superRefine(({ archives, private_hosts: inside }, context) => {
    const names = new Set(inside.map(nameOf));
    for (const [index, { host: name, upstream }] of archives.entries()) {
      const fault = (key: 'host' | 'upstream', message: string): void =>
        context.addIssue({ code: 'custom', path: ['archives', index, key], message });
      if (archives.findIndex((one) => one.host === name) < index)
        fault('host', 'another archive has this name; give each one a name of its own');
      if (URL.canParse(upstream) && !mayConnect(new URL(upstream).host, names))
        fault('upstream', 'this is no public address; add it to packages.private_hosts if it is meant');
    }
  });
export type PackageSettings = z.infer<typeof packageSettings>;
export type Archive = PackageSettings['archives'][number];

/** What only shows beside the rest of proxy.yml: place within `packages`, and a sentence. */
export function packageFaults(
  { archives }: PackageSettings,
  proxy: { origin: string; tls?: { client_ca_file?: string | undefined } | undefined },
): [path: (string | number)[], message: string][] {
  const { hostname } = new URL(proxy.origin);
  const taken = archives.findIndex(({ host: name }) => name === hostname);
  return [
    ...(proxy.tls?.client_ca_file === undefined
      ? ([
          [
            [],
            'apt shows who it is by a certificate: give tls.client_ca_file, the authority of the zone’s clients',
          ],
        ] satisfies [(string | number)[], string][])
      : []),
    ...(taken < 0
      ? []
      : ([
          [
            ['archives', taken, 'host'],
            'this is the name of the proxy itself (origin); give the archive a name of its own',
          ],
        ] satisfies [(string | number)[], string][])),
  ];
}

/** Paths in the file are relative to it. */
export function packagePaths(
  settings: PackageSettings | undefined,
  at: (given: string) => string,
): { packages?: PackageSettings } {
  if (!settings) return {};
  const { ca_file: ca } = settings;
  return { packages: { ...settings, ...(ca === undefined ? {} : { ca_file: at(ca) }) } };
}
