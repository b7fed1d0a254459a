/**
 * What commands of a laptop left in the engine: containers and networks by their label, images that a newer one took
 * the name of. Only what belongs to laptops is looked at: an agent on the same engine has other labels.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { ContainerInfo } from 'dockerode';
import { identity } from '../../src/lib/process-identity.ts';
import { LABELS } from './container.ts';
import { ask, askUnless, type Engine } from './engine.ts';
import { marksIn } from './marks.ts';

export interface InEngine {
  kind: 'container' | 'network' | 'image';
  /** As the engine calls it. */
  name: string;
  bytes: number;
  remove(): Promise<void>;
}

export interface EngineLeftovers {
  found: InEngine[];
  /** Sessions of this study that somebody may be working in. */
  kept: { name: string; kind: string }[];
}

export interface Looking {
  owner: string;
  stateDir: string;
  /** Where runtime images come from; undefined: images are not looked at. */
  registry: string | undefined;
}

const LAPTOP = 'laptop-';
/** Of what a person opened: the study's folder, and number and start of the process that answers for it. */
const STUDY = 'sallyport.study';
const ANSWERING = 'sallyport.process';
const GONE = [404];
/** The engine is at it already. */
const GONE_OR_GOING = [404, 409];

/** A job that runs is left by an aborted run: whoever asks holds the study's lock. */
export async function engineLeftovers(engine: Engine, looking: Looking): Promise<EngineLeftovers> {
  const all = await ask('listing containers', engine.listContainers({ all: true, size: true }));
  const ours = all.filter(({ Labels }) => isOurs(Labels, looking.owner));
  const kept = ours.filter(isSession);
  const found = ours.filter((one) => !isSession(one)).map((one) => container(engine, one, looking));
  found.push(...(await networks(engine, looking.owner)));
  if (looking.registry !== undefined) found.push(...(await images(engine, all, looking.registry)));
  return { found, kept: kept.map((one) => ({ name: nameOf(one), kind: one.Labels[LABELS.kind] ?? '' })) };
}

/** Of this study, or of one whose folder is gone: nobody else could remove those. */
function isOurs(labels: Record<string, string>, owner: string): boolean {
  const whose = labels[LABELS.owner];
  if (whose === owner) return true;
  const study = studyOf(labels);
  return Boolean(whose?.startsWith(LAPTOP)) && study !== undefined && !existsSync(study);
}

/** The folder that a job writes to is `<study>/metadata/.runs/<id>/work`. */
function studyOf(labels: Record<string, string>): string | undefined {
  const work = labels[LABELS.workDir];
  return labels[STUDY] ?? (work === undefined ? undefined : path.resolve(work, '../../../..'));
}

/** A job has the study's lock for that; `exec` and `launch` say which process answers for it, where one does. */
function isSession({ State, Labels }: ContainerInfo): boolean {
  if (Labels[LABELS.kind] === 'job' || (State !== 'running' && State !== 'paused')) return false;
  const process = Labels[ANSWERING];
  return process === undefined || identity(Number(process.split(' ')[0])) === process;
}

const nameOf = ({ Names, Id }: ContainerInfo): string => Names[0]?.replace(/^\//, '') ?? Id.slice(0, 12);

function container(engine: Engine, one: ContainerInfo, { stateDir }: Looking): InEngine {
  const job = one.Labels[LABELS.job];
  return {
    kind: 'container',
    name: nameOf(one),
    bytes: (one as { SizeRw?: number }).SizeRw ?? 0,
    async remove() {
      const removing = engine.getContainer(one.Id).remove({ force: true, v: true });
      await askUnless(GONE_OR_GOING, 'removing a container', removing);
      if (job !== undefined && /^[a-z0-9]{16}$/.test(job)) marksIn(path.join(stateDir, 'marks')).drop(job);
    },
  };
}

async function networks(engine: Engine, owner: string): Promise<InEngine[]> {
  const listed = await ask(
    'listing networks',
    engine.listNetworks({ filters: { label: [`${LABELS.owner}=${owner}`] } }),
  );
  return listed.map(({ Id, Name }) => ({
    kind: 'network',
    name: Name,
    bytes: 0,
    async remove() {
      // One that a session is still in is not removed by the engine: it says 403.
      await askUnless([...GONE_OR_GOING, 403], 'removing a network', engine.getNetwork(Id).remove());
    },
  }));
}

/** Images of the registry whose name a newer one has now, and that no container uses. */
async function images(
  engine: Engine,
  containers: readonly ContainerInfo[],
  registry: string,
): Promise<InEngine[]> {
  const used = new Set(containers.map(({ ImageID }) => ImageID));
  const listed = await ask('listing images', engine.listImages({ filters: { dangling: ['true'] } }));
  const superseded = listed.filter(
    ({ Id, RepoDigests }) =>
      // The engine leaves the field out, or null, when there are none.
      ((RepoDigests ?? []) as string[]).some((each) => each.startsWith(`${registry}/`)) && !used.has(Id),
  );
  return superseded.map(({ Id, RepoDigests, Size }) => ({
    kind: 'image',
    name: RepoDigests?.[0] ?? Id,
    bytes: Size,
    async remove() {
      await askUnless(GONE, 'removing an image', engine.getImage(Id).remove());
    },
  }));
}
