/** Options that orders to a hub at work have in common, and how they are read. */
import { InvalidArgumentError, type Command } from 'commander';

export interface HubOptions {
  config: string;
  at?: string;
  why: string;
}

const LONGEST_WHY = 300;

export function withHub(command: Command): Command {
  return command
    .option('--config <file>', 'hub.yml', 'hub.yml')
    .option('--at <address>', 'where the hub listens, if not as hub.yml says');
}

/** `must`: who changes something has to say why. */
export function withWhy(command: Command, must?: 'must'): Command {
  return must
    ? command.requiredOption('--why <text>', 'for the public record', oneLine)
    : command.option('--why <text>', 'for the public record', oneLine, '');
}

export function oneLine(text: string): string {
  if (text.length <= LONGEST_WHY && /^[^\p{Cc}\p{Cf}]*$/u.test(text)) return text;
  throw new InvalidArgumentError(`Give one line of at most ${LONGEST_WHY} characters.`);
}

/** A time with its zone: what a clock on a wall means depends on where it hangs. */
export function moment(text: string): number {
  const at = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  if (!Number.isNaN(at)) return at;
  throw new InvalidArgumentError('Write a time with its zone: 2027-03-01T22:00Z or 2027-03-01T22:00+01:00.');
}
