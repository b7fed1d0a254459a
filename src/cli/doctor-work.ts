/** What `sallyport doctor` does: asks every check of a role, in order, and shows the answers. */
import { existsSync } from 'node:fs';
import { refusal, Refused } from '../lib/refusal.ts';
import { printable } from '../pipeline/pipeline.ts';
import type { Answer, Check, State } from './doctor-check.ts';
import type { DoctorFlags, Role } from './doctor.ts';
import { withoutHome } from './machine.ts';

export interface Diagnosis extends Answer {
  id: string;
  title: string;
}

interface Shown {
  out: { write(text: string): unknown };
  color: boolean;
}

/** A role gathers its facts once, and asks its checks of them. */
const ASK: Readonly<Record<Role, (dir: string) => Promise<Diagnosis[]>>> = {
  async laptop(dir) {
    const { laptopFacts, LAPTOP_CHECKS } = await import('./doctor-laptop.ts');
    return diagnose(LAPTOP_CHECKS, await laptopFacts(dir));
  },
};

export async function doctor(
  role: Role,
  { projectDir, json }: DoctorFlags,
  { out, color }: Shown,
): Promise<number> {
  if (!existsSync(projectDir))
    throw new Refused(
      refusal('doctor.no-folder', `There is no folder ${projectDir}.`, 'Name your study with --project-dir.'),
    );
  return show(role, await ASK[role](projectDir), json, { out, color });
}

/** 0 when nothing that is needed is missing. */
export async function show(
  role: string,
  found: readonly Diagnosis[],
  json: boolean,
  { out, color }: Shown,
): Promise<number> {
  const isWell = !found.some(({ state }) => state === 'missing');
  if (json) out.write(`${JSON.stringify({ role, ok: isWell, checks: found }, null, 2)}\n`);
  else out.write(await textOf(found, color));
  return isWell ? 0 : 1;
}

/** A check that fails itself is an answer too: the others are still asked. */
export async function diagnose<Facts>(checks: readonly Check<Facts>[], facts: Facts): Promise<Diagnosis[]> {
  const found: Diagnosis[] = [];
  for (const { id, title, ask } of checks) {
    const { says, mend, ...answer } = await askSafely(ask, facts);
    const text = { says: withoutHome(says), ...(mend === undefined ? {} : { mend: withoutHome(mend) }) };
    found.push({ id, title, ...answer, ...text });
  }
  return found;
}

async function askSafely<Facts>(ask: Check<Facts>['ask'], facts: Facts): Promise<Answer> {
  try {
    return await ask(facts);
  } catch (error) {
    return {
      state: 'warning',
      says: `could not be looked at: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}

const SIGNS: Readonly<Record<State, string>> = { ok: '✓', warning: '!', missing: '✗', skipped: '–' };

async function textOf(found: readonly Diagnosis[], color: boolean): Promise<string> {
  const { default: picocolors } = await import('picocolors');
  const paint = picocolors.createColors(color);
  const colors = { ok: paint.green, warning: paint.yellow, missing: paint.red, skipped: paint.dim };
  const width = Math.max(...found.map(({ title }) => title.length));
  const lines = found.flatMap(({ state, title, says, mend }) => [
    `${colors[state](SIGNS[state])} ${title.padEnd(width)}  ${printable(says)}`,
    ...(mend === undefined ? [] : [`  ${''.padEnd(width)}  ${paint.cyan('→')} ${printable(mend)}`]),
  ]);
  const count = (wanted: State): number => found.filter(({ state }) => state === wanted).length;
  const verdict =
    count('missing') > 0
      ? `${count('missing')} of what is needed ${count('missing') === 1 ? 'is' : 'are'} missing.`
      : count('warning') > 0
        ? `Nothing that is needed is missing; ${count('warning')} worth a look.`
        : 'Nothing is missing.';
  return `${[...lines, '', verdict].join('\n')}\n`;
}
