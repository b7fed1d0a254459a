/** `/freeze project|backend|all [id] [--running stop|finish] --reason "…"` and `/unfreeze …`, read. */
import type { FreezeScope, WhenFrozen } from '../../governance/governance.ts';
import type { Refusal } from '../../lib/refusal.ts';
import * as words from './freeze-words.ts';

export type FreezeCommand =
  | { type: 'freeze'; scope: FreezeScope; running: WhenFrozen; why: string }
  | { type: 'unfreeze'; scope: FreezeScope };

export const FREEZE_COMMANDS = ['freeze', 'unfreeze'] as const;
export const isFreezeCommand = (command: { type: string }): command is FreezeCommand =>
  (FREEZE_COMMANDS as readonly string[]).includes(command.type);

const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
const MOST_OF_A_REASON = 300;
/** What follows the scope: `--running` and `--reason`, in either order; the reason in quotes, straight or not. */
const OPTIONS = /^(?:--running[ =](?<first>stop|finish) )?--reason[ =](?<quoted>["“”'‘’].+)$/u;
const TRAILING = /^(?<why>.+?)(?: --running[ =](?<last>stop|finish))?$/u;

export const FREEZE_READERS: Record<FreezeCommand['type'], (args: string[]) => FreezeCommand | Refusal> = {
  freeze(args) {
    const read = scopeIn(args);
    if (!read) return words.freezeMalformed('freeze');
    if (!read.rest.some((each) => each.startsWith('--reason'))) return words.reasonMissing();
    const options = OPTIONS.exec(read.rest.join(' '))?.groups;
    const tail = TRAILING.exec(options?.['quoted'] ?? '')?.groups;
    const why = unquoted(tail?.['why'] ?? '');
    const { first } = options ?? {};
    if (why === undefined || (first && tail?.['last'])) return words.freezeMalformed('freeze');
    const running = first ?? tail?.['last'] ?? 'stop';
    return { type: 'freeze', scope: read.scope, running: running as WhenFrozen, why };
  },
  unfreeze(args) {
    const read = scopeIn(args);
    return !read || read.rest.length > 0
      ? words.freezeMalformed('unfreeze')
      : { type: 'unfreeze', scope: read.scope };
  },
};

function scopeIn([kind = '', id = '', ...rest]: string[]):
  | { scope: FreezeScope; rest: string[] }
  | undefined {
  if (kind === 'all') return { scope: { kind }, rest: [id, ...rest].filter(Boolean) };
  if (kind !== 'project' && kind !== 'backend') return undefined;
  return ID.test(id) ? { scope: { kind, id }, rest } : undefined;
}

/** Of the same length at both ends, with something between and no quote of that kind in it. */
function unquoted(text: string): string | undefined {
  const said = /^(?:"([^"]+)"|'([^']+)'|“([^“”]+)”|‘([^‘’]+)’)$/u.exec(text);
  const why = said
    ?.slice(1)
    .find((each) => each !== undefined)
    ?.trim();
  return why && why.length <= MOST_OF_A_REASON ? why : undefined;
}
