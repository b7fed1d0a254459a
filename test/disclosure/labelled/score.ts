/** How many injected faults the checks find, and how often they cry at clean files. */
import { createHash } from 'node:crypto';
import {
  checkFile,
  checkRequest,
  DEFAULT_POLICY,
  tablesOf,
  type Finding,
  type RequestFile,
} from '../../../src/disclosure/disclosure.ts';
import { FAULTS, type Case, type Fault } from './generator.ts';

/** A fault counts as found only by a check that is about it. */
const ABOUT: Readonly<Record<Fault, readonly string[]>> = {
  unrounded: ['C6'],
  small: ['C5'],
  rates: ['C8', 'C9'],
  recoverable: ['C10'],
  underlying: ['R1'],
  type: ['F1', 'HTML-1'],
};

export interface Score {
  fault: Fault;
  injected: number;
  found: number;
  missed: string[];
}

export interface Scores {
  faults: Score[];
  clean: number;
  alarms: { id: string; findings: Finding[] }[];
}

/** Everything that is not mere information, for the files of one group. */
export function findingsOf(files: readonly { name: string; bytes: Uint8Array }[]): Finding[] {
  const requested = files.map(
    ({ name, bytes }): RequestFile => ({
      path: name,
      group: 'g',
      output: true,
      size: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      report: checkFile(name, bytes, DEFAULT_POLICY),
      tables: tablesOf(name, bytes, DEFAULT_POLICY),
    }),
  );
  const report = checkRequest({ files: requested }, DEFAULT_POLICY);
  return [...report.files.flatMap(({ findings }) => findings), ...report.findings].filter(
    ({ severity }) => severity !== 'I',
  );
}

export function score(cases: readonly Case[]): Scores {
  const scores = new Map(
    FAULTS.map((fault): [Fault, Score] => [fault, { fault, injected: 0, found: 0, missed: [] }]),
  );
  const alarms: Scores['alarms'] = [];
  let clean = 0;
  for (const { id, layout, fault, files } of cases) {
    const findings = findingsOf(files);
    if (fault === undefined) {
      clean += 1;
      if (findings.length > 0) alarms.push({ id: `${id} (${layout})`, findings });
      continue;
    }
    const one = scores.get(fault)!;
    one.injected += 1;
    if (findings.some(({ check }) => ABOUT[fault].includes(check))) one.found += 1;
    else one.missed.push(`${id} (${layout})`);
  }
  return { faults: [...scores.values()], clean, alarms };
}
