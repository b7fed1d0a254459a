/** What the issue of a backend says. */
import type { BackendChange, BackendNow, BackendWord } from '../../jobs/jobs.ts';
import { isoTime } from '../../lib/clock.ts';
import { marker, prose } from '../markdown.ts';

const SAYS = {
  working: 'working',
  paused: 'paused: what waits is held',
  maintained: 'maintained: jobs that ask its database wait',
  silent: 'silent: no agent calls',
  retired: 'not in use',
} as const satisfies Record<BackendWord, string>;
/** Before the title, so that a list of issues is read at a glance. */
const SIGN = { working: '🟢', paused: '🟡', maintained: '🟠', silent: '🔴', retired: '⚪' } as const;

export const statusMark = (backend: string): string => marker('status', backend);

export const statusTitle = ({ name, word }: BackendNow): string =>
  `${SIGN[word]} ${name}: ${SAYS[word].split(':')[0]}`;

export function statusBody(now: BackendNow, changes: readonly BackendChange[], address: string): string {
  const { id, name, word, since } = now;
  return [
    statusMark(id),
    `**${prose(name)}** is **${SAYS[word]}**${since === null ? '' : ` since ${minute(since)}`}.`,
    '',
    `[Its page](${address}/status/${encodeURIComponent(id)}) has the last contact, what runs and waits, and the uptime. Subscribe to this issue, or to the [feed](${address}/status.atom), to hear of each change. Nobody reads comments here.`,
    ...(changes.length === 0
      ? []
      : [
          '',
          '| since | |',
          '|---|---|',
          ...changes.map((change) => `| ${minute(change.at)} | ${SAYS[change.word]} |`),
        ]),
  ].join('\n');
}

export function statusChanged({ id, name, word, since }: BackendNow): string {
  const at = since === null ? '' : ` since ${minute(since)}`;
  return `${marker('status-change', `${id}.${since ?? 0}.${word}`)}\n${prose(name)} is ${SAYS[word]}${at}.`;
}

const minute = (at: number): string => `${isoTime(at).slice(0, 16).replace('T', ' ')} UTC`;
