/** What `sallyport exec` does, from its flags to the program's exit code. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { openUser } from '../../agent/laptop/container.ts';
import { laptopEngine } from '../../agent/laptop/engine.ts';
import { execute, type Console } from '../../agent/laptop/exec.ts';
import { findHere } from '../../agent/laptop/find.ts';
import { stataLicence } from '../../agent/laptop/licence.ts';
import {
  badUser,
  badVariable,
  badVolume,
  noLicence,
  programOutOfMemory,
  strangersFolder,
} from '../../agent/laptop/words.ts';
import { faultRefusal, laptopOwner } from '../../agent/laptop.ts';
import { LICENCE } from '../../agent/runner/compat.ts';
import { isRefusal, refusal, Refused, refusalText, type Refusal } from '../lib/refusal.ts';
import type { ExecFlags } from './exec.ts';
import { folderOf } from './run-work.ts';

export async function execHere(image: string, words: readonly string[], flags: ExecFlags): Promise<number> {
  const dir = folderOf(flags.projectDir);
  const mounts = flags.volume.map((text) => must(volume(text)));
  const environment = Object.fromEntries(flags.env.map((text) => must(variable(text, process.env))));
  if (flags.user !== undefined && !USER.test(flags.user))
    throw new Refused(refusal('exec.bad-user', ...badUser(flags.user)));
  const user = openUser(dir);
  try {
    const engine = await laptopEngine();
    const found = must(await findHere(engine.engine, image, process.env['SALLYPORT_IMAGES'] || undefined));
    const licence = must(licenceFor(found.name, flags.stataLicence, environment));
    if (user.stranger && flags.user === undefined) process.stderr.write(`${strangersFolder(user.uid)}\n`);
    const end = await execute(
      engine,
      {
        owner: laptopOwner(dir).owner,
        image: found.id,
        command: words,
        ...(flags.entrypoint === undefined ? {} : { entrypoint: [flags.entrypoint] }),
        environment: { ...licence, ...terminalName(), ...environment },
        user: flags.user ?? `${user.uid}:${user.gid}`,
        dir,
        mounts,
        limits: { cpus: flags.cpus, memoryBytes: flags.memory },
      },
      console(),
    );
    if ('refusal' in end) process.stderr.write(`sallyport: ${refusalText(end.refusal)}\n`);
    else if (end.outOfMemory) process.stderr.write(`${programOutOfMemory()}\n`);
    return end.code;
  } catch (error) {
    if (error instanceof Refused) throw error;
    const no = faultRefusal(error, dir);
    throw no ? new Refused(no, { cause: error }) : error;
  }
}

function must<T>(value: T | Refusal): T {
  if (isRefusal(value)) throw new Refused(value);
  return value as T;
}

const NAME = '[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}';
const USER = new RegExp(`^${NAME}(?::${NAME})?$`);
const VARIABLE = /^([A-Za-z_][A-Za-z0-9_]*)(?:=([^]*))?$/;

/** `NAME=value`, or `NAME` with the value that this process has: that one stands in no list of processes. */
export function variable(text: string, env: NodeJS.ProcessEnv): [string, string] | Refusal {
  const [, name = '', value = env[name]] = VARIABLE.exec(text) ?? [];
  return name === '' || value === undefined
    ? refusal('exec.bad-variable', ...badVariable(text))
    : [name, value];
}

/** `here:there`, `here:there:ro`. What is not there is not made: it would belong to root. */
export function volume(text: string): { source: string; target: string; readOnly: boolean } | Refusal {
  const [, here, there, mode] = /^(.+?):(\/[^:]*)(?::(ro|rw))?$/.exec(text) ?? [];
  const no = (why: string): Refusal => refusal('exec.bad-volume', ...badVolume(text, why));
  if (here === undefined || there === undefined) return no('a folder here and its place there are wanted');
  const source = path.resolve(here);
  if (!existsSync(source)) return no(`there is no ${source}`);
  const target = path.posix.normalize(there);
  if (['/', '/workspace', '/workspace/', '/tmp', '/tmp/', '/proc', '/sys', '/dev'].includes(target))
    return no(`${target} is taken`);
  return { source, target, readOnly: mode === 'ro' };
}

/** For the image that wants one, unless the person handed over something themselves. */
export function licenceFor(
  name: string,
  file: string | undefined,
  environment: Readonly<Record<string, string>> = {},
): Record<string, string> | Refusal {
  const base = name.replace(/[:@].*$/, '').replace(/^.*\//, '');
  if (base !== LICENCE.image || LICENCE.variable in environment) return {};
  const licence = stataLicence({ file, env: process.env, home: homedir() });
  if (isRefusal(licence)) return licence;
  if (licence === undefined) return refusal('run.no-licence', ...noLicence(name));
  return { [LICENCE.variable]: licence };
}

function terminalName(): Record<string, string> {
  const { TERM } = process.env;
  return isTerminal() && TERM ? { TERM } : {};
}

const isTerminal = (): boolean => Boolean(process.stdin.isTTY) && Boolean(process.stdout.isTTY);

function console(): Console {
  const { stdin, stdout, stderr } = process;
  return {
    stdin,
    stdout,
    stderr,
    ...(isTerminal() && {
      terminal: {
        raw: (on) => void stdin.setRawMode(on),
        size: () => ({ rows: stdout.rows, columns: stdout.columns }),
        onResize(tell) {
          stdout.on('resize', tell);
          return () => void stdout.off('resize', tell);
        },
      },
    }),
    onSignal(tell) {
      const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
      const each = signals.map((signal) => [signal, () => tell(signal)] as const);
      for (const [signal, act] of each) process.on(signal, act);
      return () => each.forEach(([signal, act]) => process.off(signal, act));
    },
    onUnread(tell) {
      stdout.on('error', tell);
      return () => void stdout.off('error', tell);
    },
  };
}
