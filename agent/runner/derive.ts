/**
 * What a task means, found out in the zone: from the commit itself, by governance as this zone reads
 * it. Only repository, branch, commit, action name and who asked come from the hub, and each is checked.
 */
import { seconds, type Clock } from '../../src/lib/clock.ts';
import { trustsExitCode, type Governance, type Image } from '../../src/governance/governance.ts';
import { commandOf, readProjectBytes, type Action, type Pipeline } from '../../src/pipeline/pipeline.ts';
import type { RunTask, ZoneReason } from '../../src/protocol/messages.ts';
import type { Executor } from '../executor/executor.ts';
import type { At } from './checkpoint.ts';
import { ALWAYS_IDENTIFYING } from './compat.ts';
import type { ZoneRefusal } from './context.ts';
import { GovernanceUnavailable, type FreshGovernance } from './governance.ts';
import { bytesAt, treeOf, type Mirrors, type RepositoryPlace } from '../store/mirror.ts';
import { MAX_BYTES, MAX_ROWS, type ModerateLimits } from './moderate.ts';
import type { Pins } from './pins.ts';
import type { ImagePuller } from './pull-images.ts';
import { inventedRows } from './derive-rows.ts';
import { resolveReusable } from './reusable.ts';
import {
  allowedImage,
  databaseRights,
  isImageName,
  standing,
  type Standing,
  type ZoneFacts,
} from './rights.ts';
import type { RunPlan } from './types.ts';

export interface Floors {
  maxBytes?: number;
  maxRows?: number;
  types?: string[];
}

export interface DeriveOptions {
  governance: Pick<FreshGovernance, 'forTask' | 'lookSince'>;
  mirrors: Mirrors;
  pins: Pins;
  executor: Pick<Executor, 'kind' | 'findImage'>;
  zone: ZoneFacts;
  /** Registry in front of image names, when zone.yml names one. */
  registry?: string;
  /** Where images may be fetched. */
  puller?: Pick<ImagePuller, 'nameOf' | 'fetch'>;
  floors: Floors;
  /** Where the repositories live, as the record names them: `https://github.com`. */
  origin: string;
  clock: Clock;
  at: At;
  /** The image that runs queries on invented rows: only where both the zone and its engine are for dummy data. */
  rowsImage?(): Promise<string | undefined>;
  /** Workspaces that an operator of this host put away. */
  archived?(workspace: string): boolean;
}

/** One `project.yaml` may have 10,000 actions; a bigger file is no project. */
const MAX_PROJECT_BYTES = 8 * 1024 * 1024;
const REMEMBERED = 20;
/** A derivation that took longer is compared with governance as it is then. */
const LONG_MS = seconds(30);

/** Refusals that a younger governance may take back; the hub may have read one that this zone has not. */
const MAY_LAG: readonly ZoneReason[] = [
  'repository-not-in-project',
  'person-not-permitted',
  'backend-not-permitted',
  'image-not-allowed',
  'image-not-by-digest',
  'image-missing',
  'no-dataset-granted',
  'permission-not-granted',
  'reusable-action-not-allowed',
];

const no = (reason: ZoneReason): ZoneRefusal => ({ refused: true, reason });

export function deriver(
  options: DeriveOptions,
): (task: RunTask, signal: AbortSignal) => Promise<RunPlan | ZoneRefusal> {
  const { at, clock, mirrors, zone } = options;
  const pipelines = new Map<string, Pipeline>();

  return async (task, signal) => {
    const began = clock.now();
    const first = await governanceNow(signal);
    const plan = await deriveBy(first, task, signal);
    // An image took its time, in which rights may have been taken back.
    if (!('refused' in plan) && clock.now() - began > LONG_MS) {
      const now = await governanceNow(signal);
      return now.commit === first.commit ? plan : deriveBy(now, task, signal);
    }
    if (!('refused' in plan) || !MAY_LAG.includes(plan.reason)) return plan;
    await at('derive.look', () => options.governance.lookSince(began, signal));
    const now = await governanceNow(signal);
    return now.commit === first.commit ? plan : deriveBy(now, task, signal);
  };

  async function governanceNow(signal: AbortSignal): Promise<Governance> {
    const governance = await at('derive.governance', () => options.governance.forTask(signal));
    if (!governance) throw new GovernanceUnavailable();
    return governance;
  }

  async function deriveBy(
    governance: Governance,
    task: RunTask,
    signal: AbortSignal,
  ): Promise<RunPlan | ZoneRefusal> {
    if (options.archived?.(task.workspace)) return no('workspace-archived');
    const stand = standing(governance, task, zone, clock.now());
    if (typeof stand === 'string') return no(stand);
    const place = placeOf(task);
    const reach = await at('derive.fetch', () => mirrors.reach(place, task.branch, task.commit, signal));
    if (reach !== 'reachable') return no(reach);
    const mirror = mirrors.dirOf(place);
    const pipeline = await at('derive.project', () => pipelineAt(mirror, task.commit, pipelines));
    if (!pipeline) return no('project-invalid');
    const action = pipeline.actions.find(({ name }) => name === task.action);
    if (!action) return no('action-unknown');
    const running = await whatRuns(task, action, governance, stand, signal);
    if (typeof running === 'string') return no(running);
    const rights = databaseRights(governance, action, stand, zone, clock.now());
    if (typeof rights === 'string') return no(rights);
    const base = planOf(task, { governance, stand, pipeline, action }, options);
    const checkout = running.checkout ?? {
      owner: place.owner,
      name: place.name,
      mirror,
      commit: task.commit,
    };
    const common = {
      ...base,
      ...rights,
      checkout,
      ...(running.checkout ? { reusable: codeOf(running.checkout) } : {}),
      image: written(action),
      exitCodeTrusted: action.isDatabase && trustsExitCode(governance, action.image),
    };
    if (action.isDatabase && stand.dummy) {
      const asked = { action, words: running.command };
      const rows = await at('derive.image', () =>
        inventedRows(asked, checkout, governance, base.limits, options.rowsImage),
      );
      // What runs is this program, not the image whose exit codes governance trusts.
      if (rows) return { ...common, ...rows, exitCodeTrusted: false };
      return {
        ...common,
        kind: 'dummy-file',
        imageRef: '',
        command: [],
        dummyDataFile: action.dummyDataFile,
      };
    }
    const imageRef = await at('derive.image', () => present(running.image, options, signal));
    if (imageRef === undefined) return no('image-missing');
    return { ...common, kind: 'container', imageRef, command: running.command };
  }

  function codeOf({ owner, name, commit }: RunPlan['checkout']): NonNullable<RunPlan['reusable']> {
    return { repo: `${options.origin}/${owner}/${name}`, commit };
  }

  async function whatRuns(
    task: RunTask,
    action: Action,
    governance: Governance,
    stand: Standing,
    signal: AbortSignal,
  ): Promise<{ image: Image; command: string[]; checkout?: RunPlan['checkout'] } | ZoneReason> {
    if (isImageName(governance, action.image.name)) {
      const image = allowedImage(governance, action, stand, clock.now());
      return typeof image === 'string' ? image : { image, command: commandOf(action) };
    }
    return at('derive.reusable', () =>
      resolveReusable(
        action,
        governance,
        mirrors,
        (named) => allowedImage(governance, named, stand, clock.now()),
        (written, find) => options.pins.of(task, written, find),
        signal,
      ),
    );
  }
}

function placeOf(task: RunTask): RepositoryPlace {
  const { id, owner, name } = task.repository;
  return { key: String(id), owner, name, id, task: task.id };
}

/** Parsed once per blob: the actions of one request read the same file. */
async function pipelineAt(
  mirror: string,
  commit: string,
  remembered: Map<string, Pipeline>,
): Promise<Pipeline | undefined> {
  const tree = await treeOf(mirror, commit);
  const blob = tree.find(({ path }) => path === 'project.yaml')?.sha ?? '';
  const known = remembered.get(blob);
  if (known) return known;
  const file = await bytesAt(mirror, tree, 'project.yaml', MAX_PROJECT_BYTES);
  const pipeline = file && readProjectBytes(file.bytes).pipeline;
  if (!pipeline) return undefined;
  if (remembered.size >= REMEMBERED) remembered.clear();
  remembered.set(blob, pipeline);
  return pipeline;
}

function planOf(
  task: RunTask,
  found: { governance: Governance; stand: Standing; pipeline: Pipeline; action: Action },
  { floors, origin }: Pick<DeriveOptions, 'floors' | 'origin'>,
): Pick<
  RunPlan,
  'repo' | 'needs' | 'outputs' | 'actions' | 'outwardLog' | 'limits' | 'moderate' | 'governance'
> {
  const { governance, stand, pipeline, action } = found;
  return {
    repo: `${origin}/${task.repository.owner}/${task.repository.name}`,
    needs: action.needs,
    outputs: action.outputs.map(({ level, pattern }) => ({ level, pattern })),
    actions: pipeline.actions.map(({ name }) => name),
    outwardLog: stand.dummy,
    limits: stand.backend.limits,
    moderate: moderateLimits(governance, floors),
    governance: governance.commit,
  };
}

/** Governance may tighten what zone.yml and the program allow, never loosen it. */
export function moderateLimits(governance: Governance, floors: Floors): ModerateLimits {
  const { outputs } = governance.policies;
  const least = (...limits: (number | undefined)[]): number =>
    Math.min(...limits.filter((limit): limit is number => limit !== undefined));
  return {
    maxBytes: least(outputs.max_file, floors.maxBytes, MAX_BYTES),
    maxRows: least(outputs.csv_rows, floors.maxRows, MAX_ROWS),
    identifiers: [governance.deployment.subject.id_column, ...ALWAYS_IDENTIFYING],
    types: floors.types ? outputs.types.filter((type) => floors.types?.includes(type)) : outputs.types,
  };
}

const written = (action: Action): string => `${action.image.name}:${action.image.tag}`;

/**
 * The name to give the executor, of an image that is there. By digest; by id only where governance gives
 * nothing else, which allowedImage lets through on dummy backends alone.
 */
async function present(
  image: Image,
  { executor, registry, puller }: DeriveOptions,
  signal: AbortSignal,
): Promise<string | undefined> {
  // Plain processes have no images: the name alone says which program is meant.
  if (executor.kind === 'process') {
    const name = `${image.name}:${image.version}`;
    return (await executor.findImage(name)) === undefined ? undefined : name;
  }
  const pinned = image.digest === undefined ? undefined : `${image.image}@${image.digest}`;
  const proxied = puller?.nameOf(image);
  const names =
    pinned === undefined
      ? [image.imageId]
      : [proxied, registry ? `${registry}/${pinned}` : undefined, pinned];
  for (const name of names) {
    if (name !== undefined && (await executor.findImage(name)) !== undefined) return name;
  }
  if (!puller || proxied === undefined || !(await puller.fetch(proxied, signal))) return undefined;
  return (await executor.findImage(proxied)) === undefined ? undefined : proxied;
}
