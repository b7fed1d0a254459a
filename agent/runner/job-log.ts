/** `<action>.log`: what the program wrote, the marker, and what Sallyport knows. Readable by people; cut at the marker by machines. */
import { isoTime } from '../../src/lib/clock.ts';
import { SUMMARY_MARKER } from './compat.ts';
import type { Metadata } from './types.ts';

const MAX_LINES = 100_000;
const TAIL_LINES = 50;
const TAIL_CHARACTERS = 20_000;

export function logFile(programLog: string, metadata: Metadata, notes: readonly string[] = []): string {
  return [
    lastLines(programLog, MAX_LINES),
    ...notes.map((note) => `sallyport: ${note}`),
    '',
    summary(metadata),
  ]
    .filter((part, index) => index > 0 || part !== '')
    .join('\n');
}

/** The part below the marker, marker included. */
export function summary(metadata: Metadata): string {
  const facts: [string, string | undefined][] = [
    ['job_id', metadata.job_definition_id],
    ['job_request_id', metadata.job_definition_rap_id],
    ['commit', metadata.commit],
    [
      'reusable_action',
      metadata.reusable_action && `${metadata.reusable_action.repo} ${metadata.reusable_action.commit}`,
    ],
    ['docker_image_id', metadata.docker_image_id],
    ['exit_code', metadata.exit_code],
    ['created_at', isoTime(metadata.created_at)],
    ['completed_at', isoTime(metadata.completed_at)],
    ['status_message', metadata.status_message],
    ['hint', metadata.hint],
  ];
  const outputs = metadata.outputs.map((output) => `  ${output.path}  - ${output.level}`);
  const withheld = Object.entries(metadata.level4_excluded_files);
  return [
    SUMMARY_MARKER,
    ...facts.filter(([, value]) => value).map(([key, value]) => `${key}: ${oneLine(value ?? '')}`),
    '',
    'outputs:',
    ...(outputs.length > 0 ? outputs : ['  (no outputs)']),
    ...(withheld.length > 0 ? ['', 'Invalid moderately_sensitive outputs:'] : []),
    ...withheld.map(([path, why]) => `  ${path}  - ${oneLine(why)}`),
    ...(metadata.refused_files.length > 0 ? ['', 'Refused files:'] : []),
    ...metadata.refused_files.map(({ path, why }) => `  ${path}  - ${why}`),
    '',
  ].join('\n');
}

const oneLine = (text: string): string => text.replace(/\s*\n\s*/g, ' ');

export function lastLines(text: string, count: number): string {
  const body = text.endsWith('\n') ? text.slice(0, -1) : text;
  let at = body.length;
  for (let lines = 0; lines < count; lines += 1) {
    at = body.lastIndexOf('\n', at - 1);
    if (at < 0) return body;
    if (at === 0) return lines + 1 < count ? body : body.slice(1);
  }
  return body.slice(at + 1);
}

/** Without the engine's timestamps. */
export function plainLines(log: string): string {
  return log.replace(/^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d) /gm, '');
}

/** The end of the log as it may leave on dummy data: no control or bidirectional characters, bounded. */
export function logTail(log: string): string {
  // Cut first: half a character at the cut is no text, and no database takes it.
  return lastLines(plainLines(log), TAIL_LINES)
    .slice(-TAIL_CHARACTERS)
    .replace(/[^\P{Cc}\n\t]|[\u200e\u200f\u202a-\u202e\u2066-\u2069]|\p{Cs}/gu, '');
}
