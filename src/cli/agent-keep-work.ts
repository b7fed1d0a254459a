/** Does what an agent's operator asks on the agent's host, and notes it for the record. */
import path from 'node:path';
import { diskFacts, diskUsage, fewFiles, levelOf } from '../../agent/disk.ts';
import { archiveWorkspace, isStillStored, restoreWorkspace } from '../../agent/keep/archive.ts';
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
import { isRefusal, refusal, Refused, refusalText, type Refusal } from '../lib/refusal.ts';
import { printable } from '../pipeline/pipeline.ts';
import type { ZoneDeed } from '../protocol/protocol.ts';
import { atPlaces, fileFault } from './file-fault.ts';
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

/** What could not be noted, as a line of its own: the deed itself is done, and said to have failed it would be done twice. */
function note(keeper: Keeper, deed: ZoneDeed, why = '', workspace?: string): string {
  try {
    noteDeed(
      keeper.stateDir,
      { deed, why, ...(workspace === undefined ? {} : { workspace }) },
      { clock: systemClock, ids: randomIds },
    );
    return '';
  } catch (error) {
    const no = fileFault(error, { reads: keeper.stateDir, writes: keeper.stateDir });
    if (!no) throw error;
    return `${refusalText(notNoted(no))}\n`;
  }
}

const notNoted = (no: Refusal): Refusal =>
  refusal(
    'deed.not-noted',
    `This is done, but could not be noted for the record: ${no.says}`,
    'Mend that before you do more here, and tell whoever keeps the record what is missing in it.',
  );

const told = (text: string, ...notNoted: readonly string[]): Told => ({
  text: `${text}${notNoted.join('')}`,
  sound: notNoted.join('') === '',
});

export async function backUp(options: Zoned & { to: string }): Promise<Told> {
  const keeper = keeperOf(zoneOf(options));
  const made = await atPlaces({ reads: keeper.stateDir, writes: options.to }, () =>
    backUpAgent(keeper, options.to, systemClock.now()),
  );
  return told(
    `backed up: ${made.files.length} files and ${made.objects.length} objects, of which ${made.fresh} are new there\nNo key is in it: keep zone.yml and its key files elsewhere.\n`,
    note(keeper, 'zone-backed-up', options.why),
  );
}

export async function restore(options: Zoned & { from: string; backup?: string }): Promise<Told> {
  const keeper = keeperOf(zoneOf(options));
  const { backup, faults } = await atPlaces({ reads: options.from, writes: keeper.stateDir }, () =>
    restoreAgent(keeper, options.from, options.backup),
  );
  const end = note(keeper, 'zone-restored', options.why);
  const had = backupsIn(options.from).length;
  return shown(faults, `restored: the agent as it was ${isoTime(backup.at)} (of ${had} backups there)`, end);
}

/** Names become paths: what is no name is refused before anything is looked at. The rule is the layout's own. */
function refuseNoName(name: string): void {
  try {
    layout('').workspace(name);
  } catch (cause) {
    throw new Refused(noName(name), { cause });
  }
}

const noName = (name: string): Refusal =>
  refusal(
    'workspace.bad-name',
    `"${printable(name.slice(0, 80))}" cannot be the name of a workspace.`,
    '"sallyport agent list" shows those there are.',
  );

export async function archive(options: Zoned & { name: string; to: string }): Promise<Told> {
  refuseNoName(options.name);
  const keeper = keeperOf(zoneOf(options));
  const made = await atPlaces({ reads: keeper.stateDir, writes: options.to }, () =>
    archiveWorkspace(keeper, options.name, options.to, systemClock.now()),
  );
  const size = made.parts.reduce((sum, part) => sum + part.size, 0);
  const kept = isStillStored(keeper.stateDir, options.name)
    ? 'The agent is at work, so the store keeps its copies. To have the room, stop the agent and type this again.\n'
    : '';
  return told(
    `archived: ${made.files.length} files, ${bytes(size)}, in ${options.to}\n${kept}Jobs in ${options.name} are refused until "agent restore-workspace".\n`,
    note(keeper, 'workspace-archived', options.why, options.name),
  );
}

export async function unarchive(options: Zoned & { name: string; from: string }): Promise<Told> {
  refuseNoName(options.name);
  const keeper = keeperOf(zoneOf(options));
  const { faults } = await atPlaces({ reads: options.from, writes: keeper.stateDir }, () =>
    restoreWorkspace(keeper, options.name, options.from),
  );
  return shown(
    faults,
    `${options.name} is back`,
    note(keeper, 'workspace-restored', options.why, options.name),
  );
}

export async function verify(options: Zoned, quick: boolean): Promise<Told> {
  const keeper = keeperOf(zoneOf(options));
  const faults = await verifyAgent(layout(keeper.stateDir), { keys: [keeper.key.publicKey], quick });
  const deed = faults.length === 0 ? 'zone-verified' : 'zone-unsound';
  const end = note(keeper, deed, options.why || (quick ? 'quick' : ''));
  return shown(faults, quick ? 'verified, without reading files through' : 'verified', end);
}

function shown(faults: readonly ZoneFault[], done: string, notNoted: string): Told {
  const lines = faults.map(({ what, where }) => `${what} ${where}\n`).join('');
  const end = faults.length === 0 ? 'everything holds' : `${faults.length} faults`;
  const { text, sound } = told(`${lines}${done}: ${end}\n`, notNoted);
  return { text, sound: sound && faults.length === 0 };
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
  refuseNoName(name);
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
  const few = fewFiles(facts, level);
  const budget =
    agent.disk.budget_bytes === undefined
      ? ''
      : `, ${bytes(facts.usedBytes ?? 0)} of a budget of ${bytes(agent.disk.budget_bytes)} used`;
  const parts = await diskUsage(agent.state_dir);
  return [
    `${level}: ${bytes(facts.freeBytes)} of ${bytes(facts.totalBytes)} free${budget}\n`,
    ...(few === undefined ? [] : [`${few}\n`]),
    table(
      ['PART', 'SIZE'],
      parts.map(({ part, bytes: size }) => [part, bytes(size)]),
    ),
  ].join('\n');
}

/** Lists what nobody has needed for so many days; with `why` it is removed, while the agent is stopped. */
export function retention(options: Zoned & { days: number }): Told {
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
    return told(
      `${head}Nothing was removed: say why (--why), while the agent is stopped. Older versions and what failed runs left go with it.\n`,
    );
  const lock = lockFolder(keeper.stateDir, atWork);
  if (isRefusal(lock)) throw new Refused(lock);
  try {
    const removed = removeDue(places, { before, now, key: keeper.key });
    const of = removed.workspaces.length === 0 ? [undefined] : removed.workspaces;
    return told(
      `${head}removed: ${removed.outputs} outputs; ${bytes(removed.bytes)} are free again\nBackups made earlier still hold them.\n`,
      ...of.map((workspace) => note(keeper, 'outputs-removed', options.why, workspace)),
    );
  } finally {
    lock.release();
  }
}
