/**
 * The summary of a run in Markdown, for the page of a workflow run. Pure.
 *
 * File names, logs and messages come from a study: they stand in code or as escaped prose, so that they are neither
 * Markdown nor HTML nor Mermaid. GitHub drops a summary that is longer than 1 MiB, so the sections that matter
 * least are left out first.
 */
import { bytes, plainLines, seconds, shown, stateWord } from '../../agent/laptop.ts';
import { code, codeCell, fence, prose } from '../github/markdown.ts';
import { mermaid, type Pipeline } from '../pipeline/pipeline.ts';
import { unmatchedBy, type ActionAccount } from './ci-account.ts';
import { fileOf, type Checked } from './check-path.ts';

export interface SummaryFacts {
  ok: boolean;
  checked: Checked;
  pipeline?: Pipeline;
  actions: readonly ActionAccount[];
  /** What the registry of codelists says, where it was asked. */
  codelists: readonly string[];
  /** Why there was no run, or why it ended early. */
  stopped?: string;
  /** As output checkers will see them. */
  hints: readonly string[];
  /** Notes on what was left out. */
  notes: readonly string[];
}

/** GitHub's limit for one step, less what a runner adds. */
export const SUMMARY_LIMIT = 1024 * 1024 - 4096;
const ROWS = 300;
const FINDINGS = 200;
const LOG_LINES = 32;
const LOG_CHARS = 8000;
const MIB = 1024 ** 2;

/** `room`: bytes that are left in the file. */
export function summaryOf(facts: SummaryFacts, room = SUMMARY_LIMIT): string {
  const sections = [
    verdict(facts),
    graph(facts),
    table(facts.actions),
    outputs(facts.actions),
    findings(facts.checked),
    listed('Codelists', facts.codelists),
    hints(facts.hints),
    listed('Left out', facts.notes),
    ...facts.actions.map(logOf),
  ].filter((section) => section !== '');
  let left = Math.min(room, SUMMARY_LIMIT) - 200;
  let dropped = 0;
  const kept: string[] = [];
  for (const section of sections) {
    const size = Buffer.byteLength(section) + 2;
    if (size > left) {
      dropped += 1;
      continue;
    }
    left -= size;
    kept.push(section);
  }
  const more =
    dropped > 0
      ? [
          `Left out here, which is as long as GitHub shows: ${dropped} ${dropped === 1 ? 'part' : 'parts'}. The log has them.`,
        ]
      : [];
  return `${[...kept, ...more].join('\n\n')}\n`;
}

function verdict({ ok, actions, checked, stopped }: SummaryFacts): string {
  const count = (state: ActionAccount['state']): number =>
    actions.filter((one) => one.state === state).length;
  const parts = (['succeeded', 'failed', 'fresh', 'not run'] as const)
    .map((state) => [count(state), state] as const)
    .filter(([n]) => n > 0)
    .map(([n, state]) => `${n} ${state}`);
  const errors = checked.findings.filter(({ severity }) => severity === 'error').length;
  const faults = errors > 0 ? [`${errors} ${errors === 1 ? 'error' : 'errors'} in the study`] : [];
  return [
    `## ${ok ? 'The study runs on dummy data' : 'The study needs a look'}`,
    '',
    `${[...faults, ...parts].join(', ') || 'No action was run'}.`,
    ...(stopped === undefined ? [] : ['', prose(stopped)]),
  ].join('\n');
}

function graph({ pipeline, actions }: SummaryFacts): string {
  if (!pipeline) return '';
  return mermaid(pipeline, new Map(actions.map(({ name, state }) => [name, state])));
}

function table(actions: readonly ActionAccount[]): string {
  if (actions.length === 0) return '';
  const rows = actions.slice(0, ROWS).map(row);
  const more = actions.length - rows.length;
  return [
    '| action | state | time | outputs | cpu mean | cpu peak | memory peak | why |',
    '| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |',
    ...rows,
    ...(more > 0 ? ['', `and ${more} more`] : []),
  ].join('\n');
}

function row({ name, state, why, result }: ActionAccount): string {
  const cpu = (which: string): string => {
    const value = result?.metrics[`cpu_${which}`];
    return value === undefined ? '' : `${value.toFixed(0)} %`;
  };
  const memory = result?.metrics['mem_mb_peak'];
  const cells = [
    codeCell(name),
    state === 'failed' && result ? failure(result) : state,
    result ? seconds(result.tookMs) : '',
    result ? String(result.outputs.length) : '',
    cpu('mean'),
    cpu('peak'),
    memory === undefined ? '' : bytes(memory * MIB),
    cell(why),
  ];
  return `| ${cells.join(' | ')} |`;
}

function failure({ outcome, exit }: NonNullable<ActionAccount['result']>): string {
  const says = stateWord(outcome.state);
  return outcome.state === 'nonzero_exit' ? `${says}, exit code ${exit.code}` : says;
}

const cell = (text: string): string => prose(text).replaceAll('\n', ' ');

/** What did not become an output, and what will not be seen by reviewers. */
function outputs(actions: readonly ActionAccount[]): string {
  const lines = actions.flatMap(({ name, result }) => {
    if (!result) return [];
    const { collected } = result;
    return [
      ...unmatchedBy(result).map((pattern) => `- ${code(name)}: no file for ${code(pattern)}`),
      ...collected.hints.map((file) => `- ${code(name)}: made, but not declared: ${code(file)}`),
      ...result.outputs
        .filter(({ excluded }) => excluded)
        .map(
          (one) =>
            `- ${code(name)}: ${code(one.path)} would be withheld from review: ${prose(one.message ?? '')}`,
        ),
      ...collected.refused.map(
        (one) => `- ${code(name)}: ${code(one.path)} was not taken: ${prose(one.why)}`,
      ),
    ];
  });
  return shortList('Outputs', lines);
}

function findings(checked: Checked): string {
  const lines = checked.findings.map((found) => {
    const where = `${code(fileOf(checked, found))}, line ${found.line}`;
    const says = [found.message, found.hint].filter(Boolean).map((text) => prose(text ?? ''));
    return `- ${where}: ${found.severity}: ${says.join(' ')} (${found.code})`;
  });
  return shortList('Findings', lines);
}

const listed = (title: string, lines: readonly string[]): string =>
  shortList(
    title,
    lines.map((line) => `- ${prose(line)}`),
  );

function shortList(title: string, lines: readonly string[]): string {
  if (lines.length === 0) return '';
  const more = lines.length - FINDINGS;
  return [`### ${title}`, '', ...lines.slice(0, FINDINGS), ...(more > 0 ? [`- and ${more} more`] : [])].join(
    '\n',
  );
}

function hints(lines: readonly string[]): string {
  if (lines.length === 0) return '';
  const text = lines.map(shown).join('\n');
  return [
    '### Disclosure checks, as output checkers will see them',
    '',
    fence(text.slice(0, 100_000), 'text'),
  ].join('\n');
}

function logOf({ name, state, result }: ActionAccount): string {
  if (state !== 'failed' || !result) return '';
  const lines = plainLines(result.log).trimEnd().split('\n').slice(-LOG_LINES).map(shown).join('\n');
  const says = prose([result.outcome.message, result.outcome.hint].filter(Boolean).join(' '));
  const heading = `### ${code(name)}: ${says}`;
  return lines.trim() === '' ? heading : [heading, '', fence(lines.slice(-LOG_CHARS), 'text')].join('\n');
}
