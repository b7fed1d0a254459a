/** What stands behind the name of a command: names and options, each from an allow-list. */
import type { Refusal } from '../lib/refusal.ts';
import type { CommandName } from './commands.ts';
import * as words from './words.ts';

export const ACTION_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/;

/** What a name may look like here, and what is said of one that does not. */
export interface Names {
  form: RegExp;
  bad(command: CommandName, written: string): Refusal;
}

export interface Arguments {
  names: string[];
  values: Record<string, string>;
  switches: Set<string>;
}

export interface Options {
  values?: Record<string, RegExp>;
  switches?: readonly string[];
}

export function readArguments(
  command: CommandName,
  args: readonly string[],
  names: Names,
  { values = {}, switches = [] }: Options = {},
): Arguments | Refusal {
  const read: Arguments = { names: [], values: {}, switches: new Set() };
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? '';
    if (!arg.startsWith('-')) {
      if (!names.form.test(arg)) return names.bad(command, arg);
      if (!read.names.includes(arg)) read.names.push(arg);
      continue;
    }
    const [flag = '', inline] = arg.replace(/^--/, '').split(/=(.*)/s);
    if (!arg.startsWith('--') || !(Object.hasOwn(values, flag) || switches.includes(flag))) {
      return words.unknownFlag(command, arg);
    }
    if (read.switches.has(flag) || Object.hasOwn(read.values, flag)) return words.repeatedFlag(command, flag);
    if (switches.includes(flag)) {
      if (inline !== undefined) return words.badValue(command, flag);
      read.switches.add(flag);
      continue;
    }
    const value = inline ?? args[(at += 1)];
    if (value === undefined || !values[flag]?.test(value)) return words.badValue(command, flag);
    read.values[flag] = value;
  }
  return read;
}

/** Undefined: nothing was written behind the command, as it should be. */
export function nothingBehind(command: CommandName, args: readonly string[]): Refusal | undefined {
  return args.length === 0 ? undefined : words.takesNothing(command);
}
