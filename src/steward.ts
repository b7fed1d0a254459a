/** The steward's composition: its settings in, a process that asks the hub, and looks after review repositories, until it is stopped. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseVerifierKey, type TrustedKeys, type VerifierKey } from './ledger/ledger.ts';
import { isRefusal } from './lib/refusal.ts';
import { fixedSource } from './public-log/source.ts';
import { openGovernanceMirror } from './governance/governance.ts';
import { systemClock, type Clock } from './lib/clock.ts';
import { randomIds } from './lib/ids.ts';
import { readPrivateKey } from './lib/keys.ts';
import { createLogger, type Logger } from './lib/logger.ts';
import {
  DeedBook,
  Given,
  KeptNote,
  Pins,
  readStewardAppKey,
  readStewardSettings,
  runProjects,
  runReviews,
  runSteward,
  StewardGitHub,
  StewardHub,
  type StewardParts,
  type StewardSettings,
} from './steward/steward.ts';
import { StewardWatch } from './steward-watch.ts';

export interface RunningSteward {
  /** Where health and metrics are told, if its settings name a place. */
  watchUrl: string | undefined;
  /** Finishes the call in hand; what is half done is taken up again at the next start. */
  stop(): Promise<void>;
}

export interface StewardOptions {
  clock?: Clock;
  logger?: Logger;
}

/** Throws Refused when the settings or a key cannot be used. */
export async function startSteward(
  settingsFile: string,
  options: StewardOptions = {},
): Promise<RunningSteward> {
  const settings = readStewardSettings(settingsFile);
  const logger = options.logger ?? createLogger('steward', { level: settings.log });
  const clock = options.clock ?? systemClock;
  const watch = settings.watch && new StewardWatch(clock);
  const parts = await stewardParts(settings, {
    clock,
    logger,
    ...(watch && { around: watch.around, watch }),
  });
  await watch?.start(settings.watch, () => parts.github.restingUntil, logger);
  const stop = new AbortController();
  const running = Promise.all([
    runSteward(parts, { signal: stop.signal, ...(watch && { watch }) }),
    ...(settings.reviews === 'keep'
      ? [runReviews({ ...parts, book: parts.keep.book }, { signal: stop.signal })]
      : []),
    ...(settings.projects === 'keep'
      ? [
          runProjects(
            { ...parts.keep, hub: parts.hub, governance: parts.governance },
            { signal: stop.signal },
          ),
        ]
      : []),
  ]);
  logger.info({ hub: settings.hub.origin }, 'The steward asks the hub');
  return {
    watchUrl: watch?.url,
    async stop() {
      if (watch) watch.isStopping = true;
      stop.abort();
      await running;
      await watch?.close();
    },
  };
}

export async function stewardParts(
  settings: StewardSettings,
  {
    clock,
    githubClock = clock,
    logger,
    around,
    watch,
  }: {
    clock: Clock;
    /** GitHub's time, by which tokens are signed and run out, where the days of governance go by another. */
    githubClock?: Clock;
    logger: Logger;
    around?: ConstructorParameters<typeof StewardGitHub>[0]['around'];
    watch?: StewardWatch;
  },
): Promise<StewardParts> {
  const key = readPrivateKey(settings.key_file);
  const github = new StewardGitHub({
    origin: settings.github.origin,
    appId: settings.github.app_id,
    key: readStewardAppKey(settings.github.private_key_file),
    clock: githubClock,
    ...(around && { around }),
  });
  const work = join(settings.state_dir, 'work');
  mkdirSync(work, { recursive: true, mode: 0o700 });
  const { repository, owner, name, branch, commit } = settings.governance;
  const pins = new Pins(join(settings.state_dir, 'review-repositories.json'));
  const mirror = await openGovernanceMirror({
    dir: join(settings.state_dir, 'governance'),
    remote: `${github.places.git}/${owner}/${name}.git`,
    branch,
    pinned: commit,
    auth: () => github.gitHeader({ id: repository, owner, name }),
    logger,
  });
  return {
    hub: new StewardHub({ origin: settings.hub.origin, key: key.privateKey, clock, ids: randomIds }),
    github,
    async governance() {
      const answer = await mirror.refresh();
      const { refused } = watch?.governance.note(answer) ?? answer;
      // A version that was refused leaves the last good one in force; one that nobody could read leaves nothing.
      return refused?.code === 'governance.unreachable' ? undefined : mirror.current();
    },
    mirror: { dir: mirror.dir, repository: { id: repository, owner, name, branch } },
    publicLog: {
      log: fixedSource(`${settings.hub.origin}/log`),
      trusted: logKeys(settings),
      kept: new KeptNote(join(settings.state_dir, 'public-log-checkpoint')),
    },
    clock,
    logger,
    work,
    pins,
    keep: {
      github,
      clock,
      logger,
      book: new DeedBook(join(settings.state_dir, 'deeds.json'), { clock, ids: randomIds }),
      given: new Given(join(settings.state_dir, 'given.json')),
      made: new Pins(join(settings.state_dir, 'project-repositories.json')),
      begun: new Pins(join(settings.state_dir, 'project-repositories-begun.json')),
      published: new Pins(join(settings.state_dir, 'published-repositories.json')),
      opened: new Pins(join(settings.state_dir, 'public-repositories.json')),
      governanceRepository: repository,
      isBarred: (g, id) =>
        id === repository ||
        Object.values(g.deployment.github.repos).includes(id) ||
        Object.values(g.deployment.github.review_repos).some(
          (named) => (typeof named === 'number' ? named : pins.get(named)) === id,
        ),
    },
  };
}

/** None: then nothing of the log is committed. */
function logKeys({ public_log: said }: StewardSettings): TrustedKeys {
  const read = (texts: readonly string[] = []): VerifierKey[] =>
    texts.map(parseVerifierKey).filter((key): key is VerifierKey => !isRefusal(key));
  return { current: read(said?.keys), old: read(said?.old_keys) };
}
