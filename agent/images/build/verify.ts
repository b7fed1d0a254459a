/** Whether an image is what it is said to be, and fit to be let in. Pure: what was seen goes in, findings come out. */
import { sha256 } from '../../../src/lib/hash.ts';
import { isRefusal } from '../../../src/lib/refusal.ts';
import { readLock } from './lock.ts';
import { OUR_LABELS } from '../labels.ts';
import { differenceOf, installedIn } from './sbom.ts';
import type { Seen } from './seen.ts';

export interface Expected {
  /** Of the manifest, as governance lists it. */
  digest?: string;
  /** packages.lock that it should be made of. */
  lockText?: string;
  /** Digest of a fresh build. */
  rebuilt?: string;
}

/** right · look: an image of others may be so · wrong: do not enrol it */
export interface Checked {
  what: string;
  state: 'right' | 'look' | 'wrong';
  says: string;
}

const right = (what: string, says: string): Checked => ({ what, state: 'right', says });
const wrong = (what: string, says: string): Checked => ({ what, state: 'wrong', says });

/** An image that names itself as made by `images build` is held to all of it; others to what would harm. */
export function checked(seen: Seen, expected: Expected): Checked[] {
  const labels = seen.config.config?.Labels ?? {};
  const ours = labels[OUR_LABELS.name] !== undefined;
  const unless = (fits: boolean, what: string, yes: string, no: string): Checked =>
    fits ? right(what, yes) : { what, state: ours ? 'wrong' : 'look', says: no };
  return [
    ...digestChecks(seen, expected),
    contentCheck(seen),
    volumesCheck(seen),
    userCheck(seen, unless),
    privilegedCheck(seen, unless),
    unless(
      (seen.config.config?.Entrypoint ?? []).length > 0,
      'entry point',
      (seen.config.config?.Entrypoint ?? []).join(' '),
      'none: the words of an action are the program itself',
    ),
    unless(
      seen.config.config?.WorkingDir === '/workspace',
      'folder',
      '/workspace',
      `${seen.config.config?.WorkingDir || '/'}; a job is put into /workspace all the same`,
    ),
    ...labelChecks(labels, ours),
    ...sbomChecks(seen, labels, expected),
  ];
}

function digestChecks(seen: Seen, { digest, rebuilt }: Expected): Checked[] {
  const found: Checked[] = [];
  if (digest !== undefined)
    found.push(
      seen.digest === undefined
        ? { what: 'digest', state: 'look', says: 'an engine does not keep it; look in the registry' }
        : seen.digest === digest
          ? right('digest', digest)
          : wrong('digest', `${seen.digest}, and ${digest} is recorded`),
    );
  if (rebuilt !== undefined)
    found.push(
      rebuilt === seen.digest || rebuilt === seen.id
        ? right('rebuilt', 'the recipe makes the same bytes here')
        : wrong('rebuilt', `the recipe makes ${rebuilt} here`),
    );
  return found;
}

function contentCheck({ forged, config, layers }: Seen): Checked {
  const ids = config.rootfs?.diff_ids ?? [];
  const same = ids.length === layers.length && layers.every(({ diffId }, at) => diffId === ids[at]);
  if (forged.length > 0) return wrong('contents', `${forged.join(', ')}: not what the digest says`);
  return same
    ? right('contents', `${layers.length} ${layers.length === 1 ? 'layer' : 'layers'}, each by its digest`)
    : wrong('contents', 'the layers are not those of the configuration');
}

function volumesCheck({ config }: Seen): Checked {
  const volumes = Object.keys(config.config?.Volumes ?? {});
  return volumes.length === 0
    ? right('volumes', 'none')
    : wrong('volumes', `${volumes.join(', ')}: no agent runs an image that declares one`);
}

type Unless = (fits: boolean, what: string, yes: string, no: string) => Checked;

function userCheck({ config }: Seen, unless: Unless): Checked {
  const user = config.config?.User ?? '';
  const isRoot = /^(?:0+|root)?(?::|$)/.test(user);
  return unless(!isRoot, 'user', user, 'root; a job runs as the agent’s own user all the same');
}

function privilegedCheck({ layers }: Seen, unless: Unless): Checked {
  const count = layers.reduce((sum, { privileged }) => sum + privileged.count, 0);
  const first = layers.flatMap(({ privileged }) => privileged.first).slice(0, 3);
  return unless(
    count === 0,
    'rights',
    'no setuid file, no capability, no device',
    `${first.join(', ')}${count > first.length ? ` and ${count - first.length} more` : ''} would give rights; a job can gain none`,
  );
}

function labelChecks(labels: Record<string, string>, ours: boolean): Checked[] {
  const wanted = ['title', 'version', 'created', 'revision'].map((one) => `org.opencontainers.image.${one}`);
  const missing = [...wanted, ...(ours ? Object.values(OUR_LABELS) : [])].filter((name) => !labels[name]);
  if (missing.length === 0) return [right('labels', `all ${wanted.length + Object.keys(OUR_LABELS).length}`)];
  return [{ what: 'labels', state: ours ? 'wrong' : 'look', says: `without ${missing.join(', ')}` }];
}

function sbomChecks(seen: Seen, labels: Record<string, string>, { lockText }: Expected): Checked[] {
  const found: Checked[] = [];
  const recorded = labels[OUR_LABELS.sbom];
  const statuses = seen.layers.map(({ status }) => status).filter((status) => status !== undefined);
  const installed = installedIn(statuses.at(-1) ?? '');
  if (recorded === undefined) found.push({ what: 'SBOM', state: 'look', says: 'the image names none' });
  else if (!seen.sbom) found.push({ what: 'SBOM', state: 'look', says: `${recorded}, which is not here` });
  else if (`sha256:${sha256(seen.sbom)}` !== recorded)
    found.push(wrong('SBOM', `not the one the image names, ${recorded}`));
  else {
    const listed = packagesOf(seen.sbom);
    const stray = installed.find(({ name, version }) => listed.get(name) !== version);
    found.push(
      stray === undefined
        ? right('SBOM', `${installed.length} packages, each in it with its version`)
        : wrong(
            'SBOM',
            `${stray.name} ${stray.version} is installed, and it says ${listed.get(stray.name) ?? 'nothing of it'}`,
          ),
    );
  }
  if (lockText === undefined) return found;
  const lock = readLock(lockText);
  const difference = isRefusal(lock) ? lock.says : differenceOf(installed, lock);
  const isSame = labels[OUR_LABELS.lock] === `sha256:${sha256(lockText)}`;
  if (difference !== undefined) found.push(wrong('lock', difference));
  else if (!isSame) found.push(wrong('lock', 'made of another packages.lock, though the packages agree'));
  else found.push(right('lock', `every package is the one in packages.lock`));
  return found;
}

function packagesOf(sbom: Buffer): Map<string, string> {
  try {
    const { packages = [] } = JSON.parse(sbom.toString()) as {
      packages?: { name?: string; versionInfo?: string }[];
    };
    return new Map(packages.map(({ name = '', versionInfo = '' }) => [name, versionInfo]));
  } catch {
    return new Map();
  }
}
