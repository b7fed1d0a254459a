/** What a set-up is about to make, before it makes it. Contents of settings are shown; secrets are never read for it. */
import { structuredPatch } from 'diff';
import { printable } from '../../pipeline/pipeline.ts';
import type { Deed, Look } from './deed.ts';

export interface Looked {
  deed: Deed;
  look: Look;
}

const SIGNS = { same: '=', new: '+', changed: '~', foreign: '!', waits: '…' } as const;
const SAYS = {
  same: 'as it is',
  new: 'new',
  changed: 'changed',
  foreign: 'changed by hand: kept',
  waits: 'waits',
} as const;
const MOST_LINES = 40;

export function planLines(looked: readonly Looked[]): string[] {
  const width = Math.max(...looked.map(({ deed }) => deed.name.length));
  return looked.flatMap(({ deed, look }) => {
    const about =
      look.state === 'waits'
        ? look.says
        : `${SAYS[look.state]}${'says' in look && look.says ? `: ${look.says}` : ''}`;
    const head = `${SIGNS[look.state]} ${printable(deed.name).padEnd(width)}  ${deed.kind}, ${printable(about)}`;
    return 'before' in look ? [head, ...changeLines(look)] : [head];
  });
}

function changeLines({ before, after }: { before: string; after: string }): string[] {
  const { hunks } = structuredPatch('', '', before, after, '', '', { context: 0 });
  const lines = hunks.flatMap((hunk) => hunk.lines).filter((line) => !line.startsWith('\\'));
  const shown = lines.slice(0, MOST_LINES).map((line) => `      ${printable(line)}`);
  return lines.length > MOST_LINES ? [...shown, `      … ${lines.length - MOST_LINES} more lines`] : shown;
}
