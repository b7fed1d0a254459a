/** The proxy's composition: proxy.yml in, a listening proxy out. */
import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { openGovernanceMirror, type Governance } from './governance/governance.ts';
import { seconds, systemClock, type Clock } from './lib/clock.ts';
import { parsePublicKey } from './lib/keys.ts';
import { createLogger, type Logger } from './lib/logger.ts';
import type { Metrics } from './lib/metrics.ts';
import { githubPlaces } from './lib/origin.ts';
import { isRefusal, Refused } from './lib/refusal.ts';
import { readTlsFile, readTlsFiles } from './lib/tls-files.ts';
import {
  Approved,
  createProxy,
  GitHubAccess,
  ImageRule,
  measured,
  PackageRule,
  readProxyAppKey,
  readAuthorities,
  readProxySettings,
  readWithdrawn,
  storeCounts,
  upstreamAgent,
  upstreamCounts,
  type ProxySettings,
  type UpstreamOptions,
  type WantsPolicy,
} from './proxy/proxy.ts';
import { no as noPackages } from './proxy/packages/words.ts';
import { no } from './proxy/words.ts';
import { ProxyWatch } from './proxy-watch.ts';

export interface RunningProxy {
  /** Where it listens: `http://127.0.0.1:8443`. */
  address: string;
  /** Where health and metrics are told, if proxy.yml names a place. */
  watchUrl: string | undefined;
  close(): Promise<void>;
}

export interface StartOptions {
  clock?: Clock;
  logger?: Logger;
  /** How names outside are looked up; the system's, but in tests. */
  resolve?: UpstreamOptions['resolve'];
}

/** Throws Refused when the settings or the key cannot be used. */
export async function startProxy(settingsFile: string, options: StartOptions = {}): Promise<RunningProxy> {
  const settings = readProxySettings(settingsFile);
  const { clock = systemClock, logger = createLogger('proxy') } = options;
  const { limits, tls } = settings;
  mustHaveNames(settings);
  const authorities = readAuthorities(settings);
  const withdrawn = tls?.crl_file === undefined ? undefined : readWithdrawn(tls.crl_file);
  const watch = new ProxyWatch(clock);
  const counted = { counts: upstreamCounts(watch.metrics), clock };
  const toGitHub = upstreamAgent({
    privateHosts: settings.github.private ? [new URL(settings.github.origin).host] : [],
    connectSeconds: limits.connect_seconds,
    ...(authorities.github ? { ca: authorities.github } : {}),
    ...(options.resolve ? { resolve: options.resolve } : {}),
  });
  const dispatcher = measured(toGitHub, 'github', counted);
  const key = readProxyAppKey(settings.github.private_key_file);
  const github = new GitHubAccess({
    origin: settings.github.origin,
    appId: settings.github.app_id,
    key,
    clock,
    dispatcher,
  });
  const wants = settings.wants === 'approved' ? wantsBy(settings, clock) : undefined;
  const stop = new AbortController();
  const mirror = await mirrorOf(settings, github, logger);
  const refresh = async (): Promise<unknown> => {
    watch.turned(seconds(settings.governance.refresh_seconds));
    return watch.governance.note(await mirror.refresh(stop.signal));
  };
  await refresh();
  const outward = (to: 'images' | 'packages'): Outward => ({
    resolve: options.resolve,
    ca: authorities[to],
  });
  const images = imagesBy(settings, () => mirror.current(), outward('images'), {
    ...counted,
    metrics: watch.metrics,
  });
  const packages = packagesBy(settings, outward('packages'), counted);
  const server = createProxy({
    origin: settings.origin,
    githubOrigin: settings.github.origin,
    governance: () => mirror.current(),
    refresh,
    github,
    ...(wants ? { wants } : {}),
    images: images.rule,
    ...(packages ? { packages: packages.rule } : {}),
    limits,
    tls: tls && {
      ...readTlsFiles(tls),
      ...(tls.client_ca_file === undefined ? {} : { ca: readTlsFile(tls.client_ca_file) }),
      ...(withdrawn ? { crl: withdrawn } : {}),
    },
    dispatcher,
    clock,
    metrics: watch.metrics,
    logger,
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(settings.listen.port, settings.listen.host, resolve);
  });
  const timer = setInterval(
    () => void refresh().catch((err: unknown) => logger.error({ err }, 'the governance mirror has a fault')),
    seconds(settings.governance.refresh_seconds),
  );
  await watch.start(settings.watch, () => mirror.current() !== undefined, logger);
  const at = server.address();
  const port = typeof at === 'object' && at ? at.port : settings.listen.port;
  return {
    address: `${tls ? 'https' : 'http'}://${settings.listen.host.includes(':') ? `[${settings.listen.host}]` : settings.listen.host}:${port}`,
    watchUrl: watch.url,
    async close() {
      watch.isStopping = true;
      clearInterval(timer);
      stop.abort();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      await toGitHub.destroy();
      await images.dispatcher.destroy();
      await packages?.dispatcher.destroy();
      await watch.close();
      await wants?.approved.close();
    },
  };
}

/** How names are looked up, and whom to trust beside the public authorities. */
interface Outward {
  resolve: StartOptions['resolve'] | undefined;
  ca: Buffer | undefined;
}

type Counted = Parameters<typeof measured>[2];

/** Another authority and other inner hosts than GitHub's, so connections of its own. */
function imagesBy(
  { origin, images: settings, limits }: ProxySettings,
  governance: () => Governance | undefined,
  outward: Outward,
  { metrics, ...counted }: Counted & { metrics: Metrics },
) {
  const dispatcher = upstreamBy(settings, limits, outward);
  const rule = new ImageRule({
    ...{ origin, governance, settings, limits, clock: counted.clock },
    dispatcher: measured(dispatcher, 'registry', counted),
    ...(settings.cache ? { counts: storeCounts(metrics) } : {}),
  });
  return { rule, dispatcher };
}

function packagesBy(
  { origin, packages: settings, limits }: ProxySettings,
  outward: Outward,
  counted: Counted,
) {
  if (!settings) return undefined;
  const dispatcher = upstreamBy(settings, limits, outward);
  const measuredOne = measured(dispatcher, 'packages', counted);
  return { rule: new PackageRule({ origin, settings, limits, dispatcher: measuredOne }), dispatcher };
}

/** Throws Refused when apt would not speak to this proxy by the name of an archive. */
function mustHaveNames({ tls, packages }: ProxySettings): void {
  if (!tls || !packages) return;
  const own = new X509Certificate(readTlsFile(tls.cert_file));
  const unnamed = packages.archives.find(({ host }) => own.checkHost(host) === undefined);
  if (unnamed) throw new Refused(noPackages.certificateName(unnamed.host));
}

function upstreamBy(
  settings: { private_hosts: readonly string[] },
  limits: ProxySettings['limits'],
  { resolve, ca }: Outward,
) {
  return upstreamAgent({
    privateHosts: settings.private_hosts,
    connectSeconds: limits.connect_seconds,
    ...(ca ? { ca: Buffer.from([...rootCertificates, ca].join('\n')) } : {}),
    ...(resolve ? { resolve } : {}),
  });
}

function wantsBy({ governance, hub, state_dir: dir }: ProxySettings, clock: Clock): WantsPolicy {
  const { repository, branch } = governance;
  const hubKeys = [hub?.key, hub?.next_key].flatMap((text) => {
    const key = text === undefined ? undefined : parsePublicKey(text);
    return key === undefined || isRefusal(key) ? [] : [key];
  });
  return {
    governance: { repository, branch },
    hubKeys,
    approved: new Approved(join(dir, 'approved.jsonl'), clock),
  };
}

/** The proxy reads the governance repository as it lets others read: with a token for this one repository. */
async function mirrorOf(settings: ProxySettings, github: GitHubAccess, logger: Logger) {
  const { repository, owner, name, branch, commit } = settings.governance;
  return openGovernanceMirror({
    dir: join(settings.state_dir, 'governance'),
    remote: `${githubPlaces(settings.github.origin).git}/${owner}/${name}.git`,
    branch,
    pinned: commit,
    ...(settings.github.ca_file === undefined ? {} : { caFile: settings.github.ca_file }),
    async auth() {
      const access = await github.access(owner, name);
      if (isRefusal(access)) throw new Refused(access);
      if (access.repository.id !== repository) throw new Refused(no.otherRepository());
      return access.authorization;
    },
    logger,
  });
}
