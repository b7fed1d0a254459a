/** What `sallyport info` says. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { isRefusal, refusal, Refused } from '../lib/refusal.ts';
import { printable } from '../pipeline/pipeline.ts';
import type { InfoFlags } from './info.ts';
import { installed, WAY_WORDS, type Installed } from './installed.ts';
import { lookAtMachine, shownPath, withoutHome, type Machine } from './machine.ts';
import { sizeText } from './size-text.ts';
import { version } from './version.ts';

export async function info(
  { projectDir, json }: InfoFlags,
  now = Date.now(),
  home = homedir(),
): Promise<string> {
  if (!existsSync(projectDir))
    throw new Refused(
      refusal('info.no-folder', `There is no folder ${projectDir}.`, 'Name your study with --project-dir.'),
    );
  const machine = await lookAtMachine(projectDir);
  const facts = factsOf(machine, installed(), now, home);
  return json ? `${JSON.stringify(facts, null, 2)}\n` : textOf(facts);
}

type Facts = ReturnType<typeof factsOf>;

/** Only what others may see: nothing of an environment variable but that it is set. */
export function factsOf(
  machine: Machine,
  { way, at }: Installed,
  now: number,
  home: string,
  env = process.env,
) {
  const { engine, study } = machine;
  return {
    sallyport: { version, installed: way, at: shownPath(at, home) },
    node: machine.node,
    git: machine.git ?? null,
    machine: {
      system: machine.system,
      cpus: machine.cpus,
      memoryBytes: machine.memoryBytes,
      freeMemoryBytes: machine.freeMemoryBytes,
      freeDiskBytes: machine.disk?.freeBytes ?? null,
    },
    engine: isRefusal(engine)
      ? { code: engine.code, says: withoutHome(engine.says, home) }
      : { ...engine, where: withoutHome(engine.where, home), root: shownPath(engine.root, home) },
    study: study
      ? {
          folder: shownPath(study.dir, home),
          ok: study.checked.ok,
          actions: study.checked.actions ?? null,
          images: study.images.map(({ image, here }) =>
            here
              ? {
                  image,
                  digest: here.digest ?? null,
                  id: here.id,
                  made: day(here.created),
                  days: daysSince(here.created, now),
                }
              : { image, missing: true as const },
          ),
        }
      : null,
    set: Object.keys(env)
      .filter((name) => /^(?:SALLYPORT_\w+|DOCKER_HOST|DOCKER_CONTEXT|HTTPS?_PROXY|NO_COLOR|CI)$/i.test(name))
      .sort(),
  };
}

const day = (ms: number): string | null =>
  Number.isNaN(ms) ? null : new Date(ms).toISOString().slice(0, 10);

const daysSince = (ms: number, now: number): number | null =>
  Number.isNaN(ms) ? null : Math.max(0, Math.floor((now - ms) / 86_400_000));

function textOf(facts: Facts): string {
  const { sallyport, machine, engine, study } = facts;
  const rows: [string, string][] = [
    ['sallyport', `${sallyport.version}, by ${WAY_WORDS[sallyport.installed]} (${sallyport.at})`],
    ['node', facts.node],
    ['git', facts.git ?? 'none'],
    ['machine', `${machine.system}, ${machine.cpus} processors`],
    ['memory', `${sizeText(machine.memoryBytes)}, ${sizeText(machine.freeMemoryBytes)} of it free`],
    ['disk', machine.freeDiskBytes === null ? 'unknown' : `${sizeText(machine.freeDiskBytes)} free`],
    ['engine', engineText(engine)],
    ...(study ? studyRows(study) : [['study', 'none in this folder'] as [string, string]]),
    ['set', facts.set.join(', ') || 'none of the variables it reads'],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `${name.padEnd(width)}  ${printable(text)}\n`).join('');
}

function engineText(engine: Facts['engine']): string {
  if ('says' in engine) return `none: ${engine.says}`;
  const name = engine.kind === 'podman' ? 'Podman' : 'Docker';
  const how = engine.rootless ? ', rootless' : '';
  return `${name} ${engine.version}, ${engine.platform}${how}, ${engine.cpus} processors, ${sizeText(engine.memoryBytes)} (${engine.where})`;
}

function studyRows({ folder, ok, actions, images }: NonNullable<Facts['study']>): [string, string][] {
  const what =
    actions === null
      ? 'project.yaml has errors'
      : `${actions} ${actions === 1 ? 'action' : 'actions'}${ok ? '' : ', with errors'}`;
  return [
    ['study', `${folder}, ${what}`],
    ...images.map((each): [string, string] => ['image', `${each.image}, ${ageOf(each)}`]),
  ];
}

function ageOf(image: NonNullable<Facts['study']>['images'][number]): string {
  if ('missing' in image) return 'not on this machine';
  const age =
    image.made === null
      ? 'of unknown age'
      : `made on ${image.made}, ${image.days} ${image.days === 1 ? 'day' : 'days'} ago`;
  return `${age}, ${image.digest ?? image.id}`;
}
