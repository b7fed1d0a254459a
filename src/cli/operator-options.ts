/** Options that operators' commands have in common, and how they are read. */
import { InvalidArgumentError, type Command } from 'commander';
import { isWhy, oneLine } from './one-line.ts';

export { oneLine };

export interface HubOptions {
  config: string;
  at?: string;
  why: string;
}

export function withHub(command: Command): Command {
  return command
    .option('--config <file>', 'hub.yml', 'hub.yml')
    .option('--at <address>', 'where the hub listens, if not as hub.yml says');
}

/** Where a reason goes. */
const KEPT_WHERE = {
  /** Of the hub. */
  public: 'for the public record',
  /** Of an agent. */
  host: 'stays on this host; the public record says what was done and when',
  /** Of an airlock. */
  airlock: "for the airlock's own record, of which the public one has a digest",
} as const;

/**
 * Whoever changes something has to say why. At a terminal it is asked for; a script that does not say it is refused
 * (`operator.no-why`). `looks`: with these options the command changes nothing.
 */
export function withWhy(
  command: Command,
  where: keyof typeof KEPT_WHERE = 'public',
  looks: (options: Record<string, unknown>) => boolean = () => false,
): Command {
  return command
    .option('--why <text>', KEPT_WHERE[where], oneLine)
    .hook('preAction', async (_given, asked) => {
      if (isWhy(asked.opts()['why']) || looks(asked.opts())) return;
      const { askWhy } = await import('./operator-why.ts');
      asked.setOptionValue('why', await askWhy(KEPT_WHERE[where]));
    });
}

/** Whoever only looks may say why; that it was done is on record anyway. */
export function mayWhy(command: Command, where: keyof typeof KEPT_WHERE): Command {
  return command.option('--why <text>', KEPT_WHERE[where], oneLine, '');
}

/** A file or folder. What a script left empty would be the folder in which it runs. */
export function place(text: string): string {
  if (text.trim() !== '') return text;
  throw new InvalidArgumentError('Write a path: an empty one names nothing.');
}

/** A time with its zone: what a clock on a wall means depends on where it hangs. */
export function moment(text: string): number {
  const at = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  if (!Number.isNaN(at)) return at;
  throw new InvalidArgumentError('Write a time with its zone: 2027-03-01T22:00Z or 2027-03-01T22:00+01:00.');
}
