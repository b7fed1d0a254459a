/** Does what an agent's operator asks on the agent's host, and notes it for the record. */
import path from 'node:path';
import { diskFacts, diskUsage, levelOf } from '../../agent/disk.ts';
import { archiveWorkspace, restoreWorkspace } from '../../agent/keep/archive.ts';
import { backUpAgent, backupsIn, restoreAgent, type Keeper } from '../../agent/keep/backup.ts';
import { deedsKept, noteDeed } from '../../agent/keep/deeds.ts';
import { namesIn } from '../../agent/keep/files.ts';
import { dueOutputs, removeDue } from '../../agent/keep/retention.ts';
import { verifyAgent, type ZoneFault } from '../../agent/keep/verify.ts';
import { atWork, unknownWorkspace } from '../../agent/keep/words.ts';
import { lockFolder } from '../../agent/lock.ts';
import { ActiveTasks } from '../../agent/runner/active.ts';
import { layout } from '../../agent/runner/layout.ts';
import { readManifest } from '../../agent/store/manifest.ts';
import { readZoneFile, type ZoneFile } from '../../agent/zone-file.ts';
import { days, isoTime, systemClock } from '../lib/clock.ts';
import { randomIds } from '../lib/ids.ts';
import { readPrivateKey } from '../lib/keys.ts';
import { isRefusal, Refused } from '../lib/refusal.ts';
import type { ZoneDeed } from '../protocol/protocol.ts';
import { minute, table } from './operator-show.ts';
import { sizeText as bytes } from './size-text.ts';

interface Zoned {
  zone: string;
  why?: string;
}

interface Told {
  text: string;
  sound: boolean;
}

function zoneOf({ zone: file }: Zoned): ZoneFile {
  const zone = readZoneFile(file);
  if (isRefusal(zone)) throw new Refused(zone);
  return zone;
}

function keeperOf(zone: ZoneFile): Keeper {
  return {
    stateDir: path.resolve(zone.agent.state_dir),
    agent: zone.agent.id,
    backend: zone.backend,
    key: readPrivateKey(zone.agent.key_file),
    secrets: [path.resolve(zone.agent.key_file)],
  };
}

function note(keeper: Keeper, deed: ZoneDeed, why = '', workspace?: string): void {
  noteDeed(
    keeper.stateDir,
    { deed, why, ...(workspace === undefined ? {} : { workspace }) },
    { clock: systemClock, ids: randomIds },
  );
}

export async function backUp(options: Zoned & { to: string }): Promise<string> {
  const keeper = keeperOf(zoneOf(options));
  const made = await backUpAgent(keeper, options.to, systemClock.now());
  note(keeper, 'zone-backed-up', options.why);
  return `backed up: ${made.files.length} files and ${made.objects.length} objects, of which ${made.fresh} are new there\nNo key is in it: keep zone.yml and its key files elsewhere.\n`;
}

export async function restore(options: Zoned & { from: string; backup?: string }): Promise<Told> {
  const keeper = keeperOf(zoneOf(options));
  const { backup, faults } = await restoreAgent(keeper, options.from, options.backup);
  note(keeper, 'zone-restored', options.why);
  const had = backupsIn(options.from).length;
  return shown(faults, `restored: the agent as it was ${isoTime(backup.at)} (of ${had} backups there)`);
}

export async function archive(options: Zoned & { name: string; to: string }): Promise<string> {
  const keeper = keeperOf(zoneOf(options));
  const made = await archiveWorkspace(keeper, options.name, options.to, systemClock.now());
  note(keeper, 'workspace-archived', options.why, options.name);
  const size = made.parts.reduce((sum, part) => sum + part.size, 0);
  return `archived: ${made.files.length} files, ${bytes(size)}, in ${options.to}\nJobs in ${options.name} are refused until "agent restore-workspace".\n`;
}

export async function unarchive(options: Zoned & { name: string; from: string }): Promise<Told> {
  const keeper = keeperOf(zoneOf(options));
  const { faults } = await restoreWorkspace(keeper, options.name, options.from);
  note(keeper, 'workspace-restored', options.why, options.name);
  return shown(faults, `${options.name} is back`);
}

export async function verify(options: Zoned, quick: boolean): Promise<Told> {
  const keeper = keeperOf(zoneOf(options));
  const faults = await verifyAgent(layout(keeper.stateDir), { keys: [keeper.key.publicKey], quick });
  note(keeper, faults.length === 0 ? 'zone-verified' : 'zone-unsound', options.why || (quick ? 'quick' : ''));
  return shown(faults, quick ? 'verified, without reading files through' : 'verified');
}

function shown(faults: readonly ZoneFault[], done: string): Told {
  const lines = faults.map(({ what, where }) => `${what} ${where}\n`).join('');
  const end = faults.length === 0 ? 'everything holds' : `${faults.length} faults`;
  return { text: `${lines}${done}: ${end}\n`, sound: faults.length === 0 };
}

export function list(options: Zoned): string {
  const places = layout(zoneOf(options).agent.state_dir);
  // Whoever only looks makes no folder.
  const tasks =
    namesIn(path.join(places.root, 'active')).length > 0 ? new ActiveTasks(places.root).all() : [];
  const workspaces = namesIn(places.workspaces)
    .sort()
    .map((name) => {
      const manifest = readManifest(places.workspace(name).manifest);
      const outputs = Object.values(manifest?.outputs ?? {}).filter((entry) => !entry.out_of_date_output);
      const last = Math.max(0, ...Object.values(manifest?.runs ?? {}).map((run) => run.completed_at));
      return [name, String(outputs.length), last === 0 ? '-' : minute(last)];
    });
  const away = namesIn(path.join(places.root, 'archived')).map((file) => [
    file.replace(/\.json$/, ''),
    'archived',
    '-',
  ]);
  const deeds = [...deedsKept(places.root, 'told'), ...deedsKept(places.root, 'untold')].slice(-10);
  const untold = new Set(deedsKept(places.root, 'untold').map(({ id }) => id));
  return [
    tasks.length === 0
      ? 'no job at work\n'
      : table(
          ['JOB', 'WORKSPACE', 'ACTION', 'COMMIT'],
          tasks.map(({ job, workspace, action, commit }) => [job, workspace, action, commit.slice(0, 12)]),
        ),
    table(['WORKSPACE', 'OUTPUTS', 'LAST RUN'], [...workspaces, ...away]),
    ...(deeds.length === 0
      ? []
      : [
          table(
            ['DONE HERE', 'WHEN', 'BY', 'TOLD', 'WHY'],
            deeds.map(({ id, deed, workspace, at, by, why }) => [
              workspace === null ? deed : `${deed} ${workspace}`,
              minute(at),
              by,
              untold.has(id) ? 'not yet' : 'yes',
              why,
            ]),
          ),
        ]),
  ].join('\n');
}

export function inspect(options: Zoned, name: string): string {
  const places = layout(zoneOf(options).agent.state_dir);
  const known = namesIn(places.workspaces).includes(name);
  const manifest = known ? readManifest(places.workspace(name).manifest) : undefined;
  if (!manifest) throw new Refused(unknownWorkspace(name));
  const runs = Object.entries(manifest.runs ?? {}).map(([action, run]) => [
    action,
    run.state,
    minute(run.completed_at),
    run.job_id,
    run.commit.slice(0, 12),
  ]);
  const outputs = Object.entries(manifest.outputs).map(([file, entry]) => [
    file,
    entry.level,
    bytes(entry.size),
    entry.action,
    entry.out_of_date_output ? 'not made again' : entry.excluded ? 'withheld' : '',
  ]);
  return [
    `${name}: ${manifest.repo}, change ${manifest.sequence}\n`,
    table(['ACTION', 'LAST RUN', 'WHEN', 'JOB', 'COMMIT'], runs),
    table(['OUTPUT', 'LEVEL', 'SIZE', 'ACTION', 'NOTE'], outputs),
  ].join('\n');
}

export async function disk(options: Zoned): Promise<string> {
  const { agent } = zoneOf(options);
  const facts = await diskFacts(agent.state_dir, agent.disk.budget_bytes !== undefined);
  const level = levelOf(facts, agent.disk, 'ok');
  const budget =
    agent.disk.budget_bytes === undefined
      ? ''
      : `, ${bytes(facts.usedBytes ?? 0)} of a budget of ${bytes(agent.disk.budget_bytes)} used`;
  const parts = await diskUsage(agent.state_dir);
  return [
    `${level}: ${bytes(facts.freeBytes)} of ${bytes(facts.totalBytes)} free${budget}\n`,
    table(
      ['PART', 'SIZE'],
      parts.map(({ part, bytes: size }) => [part, bytes(size)]),
    ),
  ].join('\n');
}

/** Lists what nobody has needed for so many days; with `why` it is removed, while the agent is stopped. */
export function retention(options: Zoned & { days: number }): string {
  const keeper = keeperOf(zoneOf(options));
  const places = layout(keeper.stateDir);
  const now = systemClock.now();
  const before = now - days(options.days);
  const due = dueOutputs(places, before);
  const listed = table(
    ['WORKSPACE', 'OUTPUTS', 'SIZE', 'LAST RUN'],
    due.map(({ workspace, outputs, since }) => [
      workspace,
      String(outputs.length),
      bytes(outputs.reduce((sum, { size }) => sum + size, 0)),
      minute(since),
    ]),
  );
  const head =
    due.length === 0 ? `nothing ran out: no workspace has been idle for ${options.days} days\n` : listed;
  if (options.why === undefined)
    return `${head}Nothing was removed: say why (--why), while the agent is stopped. Older versions and what failed runs left go with it.\n`;
  const lock = lockFolder(keeper.stateDir, atWork);
  if (isRefusal(lock)) throw new Refused(lock);
  try {
    const removed = removeDue(places, { before, now, key: keeper.key });
    for (const workspace of removed.workspaces) note(keeper, 'outputs-removed', options.why, workspace);
    if (removed.workspaces.length === 0) note(keeper, 'outputs-removed', options.why);
    return `${head}removed: ${removed.outputs} outputs; ${bytes(removed.bytes)} are free again\nBackups made earlier still hold them.\n`;
  } finally {
    lock.release();
  }
}
