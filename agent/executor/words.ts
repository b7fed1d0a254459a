/** What the executors say to a person. */
import { refusal, type Refusal } from '../../src/lib/refusal.ts';

export const imageMissing = (image: string): Refusal =>
  refusal(
    'executor.image-missing',
    `The image ${image} is not on this machine.`,
    'Images are never fetched while a job starts: load it first, then run again.',
  );

export const noProgram = (image: string, known: string[]): Refusal =>
  refusal(
    'executor.image-missing',
    `Without containers there is no program for the image ${image}.`,
    known.length > 0
      ? `Use one of ${known.join(', ')}, or run with Docker.`
      : 'Name a program for it, or run with Docker.',
  );

export const imageVolumes = (image: string, volumes: string[]): Refusal =>
  refusal(
    'executor.image-volumes',
    `The image ${image} declares volumes (${volumes.join(', ')}): places to write that no limit holds for.`,
    'Build it without VOLUME: jobs write to /workspace and /tmp.',
  );

export const badSpec = (why: string): Refusal =>
  refusal(
    'executor.bad-spec',
    `The job cannot be run as it is described: ${why}.`,
    'Correct the job or its limits.',
  );

export const cannotStart = (why: string): Refusal =>
  refusal(
    'executor.cannot-start',
    `The program could not be started: ${why}.`,
    'Check the first word after the image, and that the image holds it.',
  );

export const noSeccomp = (): Refusal =>
  refusal(
    'executor.no-seccomp',
    'The container engine does not filter system calls.',
    'Use a kernel and an engine with seccomp; where that cannot be, and only then, say docker.seccomp: none in zone.yml.',
  );

export const noAppArmor = (): Refusal =>
  refusal(
    'executor.no-apparmor',
    'zone.yml asks for AppArmor (docker.apparmor: required), and the container engine has none.',
    'Switch AppArmor on in the kernel and restart the engine.',
  );

export const noRuntime = (name: string, known: readonly string[]): Refusal =>
  refusal(
    'executor.no-runtime',
    `The container engine has no runtime called "${name}"; it has ${known.join(', ') || 'none'}.`,
    'Name it under "runtimes" in the engine\'s daemon.json and restart the engine, or correct zone.yml.',
  );

export const noLoopback = (name: string): Refusal =>
  refusal(
    'executor.no-loopback',
    `A job with a database cannot run in the runtime "${name}": it has a loopback of its own, and the database is reached over that of the relay.`,
    'Name a runtime that shares it in docker.database_runtime: gVisor with "--network=host" among its "runtimeArgs", or runc.',
  );

export const otherUsers = (wanted: number | undefined, found: number | 'unknown' | undefined): Refusal =>
  refusal(
    'executor.other-users',
    found === undefined
      ? "zone.yml names the first user of the engine's user namespaces, and the engine has none."
      : `The container engine renumbers users, from ${found}; zone.yml says ${wanted ?? 'nothing of it'}.`,
    found === undefined
      ? 'Set "userns-remap" in the engine\'s daemon.json, or take docker.users_from out of zone.yml.'
      : `Write docker.users_from: ${found === 'unknown' ? 'the first id of its range in /etc/subuid' : found} into zone.yml, or take "userns-remap" out of daemon.json.`,
  );

export const logDropped = (keptBytes: number): string =>
  `[sallyport] Earlier output was dropped: only the last ${keptBytes} bytes of a log are kept.`;

export const engineFar = (said: string): [string, string] => [
  `${said} is an engine on another machine, or one that is reached over ssh or TLS; the folder of your study is not there.`,
  'Choose an engine on this machine ("docker context use default"), or use --executor process, which isolates nothing.',
];

export const badContext = (name: string): [string, string] => [
  `There is no Docker context ${JSON.stringify(name)} with an address.`,
  'See "docker context ls", and choose one with "docker context use <name>".',
];

const OTHERWISE = 'Or use --executor process, which isolates nothing.';

export const noEngine = (): [string, string] => [
  'Neither Docker nor Podman was found on this machine.',
  `Install one of them and start it (of Podman its socket: "systemctl --user start podman.socket"). ${OTHERWISE}`,
];

export const engineForbidden = (name: string): [string, string] => [
  `You may not use the container engine (${name}).`,
  `Let the owner of the socket add you to its group ("sudo usermod -aG docker $USER"), and sign in again. ${OTHERWISE}`,
];

export const engineSilent = (name: string): [string, string] => [
  `The container engine does not answer (${name}).`,
  `Start it: Docker Desktop, "sudo systemctl start docker", or "systemctl --user start podman.socket". ${OTHERWISE}`,
];
