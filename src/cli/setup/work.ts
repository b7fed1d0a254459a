/** What `sallyport setup` does, from its flags to its exit code. */
import { mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { isRefusal, refusalText, Refused } from '../../lib/refusal.ts';
import { nameOfPackageRoot } from '../package-root.ts';
import { answersFrom, gather, keepAnswers, keepCardsSaid, keptAnswers, keptCardsSaid } from './answers.ts';
import type { Paint, Person } from './ask.ts';
import { cardsSayNow } from './card-news.ts';
import { readCards, type Cards } from './cards.ts';
import type { Deed } from './deed.ts';
import { guarded } from './files.ts';
import { registrationBy } from './registration.ts';
import type { Role, Setting, SetupRole } from './role.ts';
import { planLines, type Looked } from './show.ts';
import { no } from './words.ts';
import { Written } from './written.ts';

export interface SetupFlags {
  dir: string;
  config?: string;
  yes: boolean;
  dryRun: boolean;
  replace: string[];
  appCode?: string;
}

export interface Around {
  out: { write(text: string): unknown };
  /** Undefined: nobody is there. */
  person: Person | undefined;
  paint: Paint;
  now: number;
}

async function roleNamed(name: SetupRole): Promise<Role> {
  if (name === 'governance') return (await import('./governance.ts')).governanceRole;
  if (name === 'hub') return (await import('./hub.ts')).hubRole;
  if (name === 'steward') return (await import('./steward.ts')).stewardRole;
  if (name === 'proxy') return (await import('./proxy.ts')).proxyRole;
  return (await import('./zone.ts')).zoneRole(name);
}

/** More rounds than any role has stages: what is made answers what the next stage asks. */
const MOST_ROUNDS = 5;

/** 0: everything is there. 1: something waits, differs or failed; what was made stays. */
export async function setup(name: SetupRole, flags: SetupFlags, around: Around): Promise<number> {
  const role = await roleNamed(name);
  const dir = path.resolve(flags.dir);
  const { out, person } = around;
  const known = { dir, cards: readCards(dir), now: around.now };
  const kept = keptAnswers(dir, role.answers);
  const before = {
    given: flags.config === undefined ? {} : answersFrom(flags.config, role.questions),
    kept,
    cardsSaid: keptCardsSaid(dir, role.answers),
  };
  const asked = await gather(role.questions, known, {
    ...before,
    tell: (line) => out.write(`\n! ${line}\n`),
    ask: person?.ask,
  });
  // Answers of the other role of this host stay in force; those of questions that have no meaning any more do not.
  const own = new Set(role.questions.map(({ id }) => id));
  const others = Object.fromEntries(Object.entries(kept).filter(([id]) => !own.has(id)));
  const answers = { ...others, ...asked };
  const remember = (cards: Cards): void =>
    keepCardsSaid(dir, role.answers, cardsSayNow(role.questions, { ...known, cards, answers }, before));
  if (!flags.dryRun) {
    keepAnswers(dir, role.answers, answers);
    remember(known.cards);
  }
  const setting = (): Setting => ({
    ...{ dir, answers, cards: readCards(dir), now: around.now },
    files: { written: new Written(dir), replace: new Set(flags.replace.map((one) => path.resolve(one))) },
    registration: registrationBy({ ...flags, person, out }),
    program: {
      root: nameOfPackageRoot(),
      node: process.execPath,
    },
  });
  const last = await rounds(role, setting, flags, around);
  if (last === undefined) return 0;
  // Its own card, by now, among them.
  remember(readCards(dir));
  return finish(last, role, setting(), around);
}

/** The last look; undefined after a dry run. */
async function rounds(
  role: Role,
  setting: () => Setting,
  flags: SetupFlags,
  { out, person }: Around,
): Promise<Looked[] | undefined> {
  for (let round = 0; ; round += 1) {
    const looked = await look(role.deeds(setting()));
    const todo = looked.filter(({ look: { state } }) => state === 'new' || state === 'changed');
    if (round === 0 || todo.length > 0) out.write(`\n${planLines(looked).join('\n')}\n\n`);
    if (flags.dryRun) return undefined;
    if (todo.length === 0) return looked;
    if (round === MOST_ROUNDS)
      throw new Refused(
        no.cannotWrite(todo.map(({ deed }) => deed.name).join(', '), 'it does not stay as it was made'),
      );
    if (person && !(await person.agrees(`Make ${todo.length === 1 ? 'this' : `these ${todo.length}`}?`)))
      throw new Refused(no.declined());
    for (const { deed } of todo) await deed.make();
  }
}

async function look(deeds: readonly Deed[]): Promise<Looked[]> {
  const looked: Looked[] = [];
  for (const deed of deeds) looked.push({ deed, look: await deed.look() });
  return looked;
}

function finish(looked: readonly Looked[], role: Role, setting: Setting, { out, paint }: Around): number {
  const foreign = looked.filter(({ look: { state } }) => state === 'foreign').map(({ deed }) => deed.name);
  const waits = looked.flatMap(({ deed, look: at }) =>
    at.state === 'waits' ? [`${deed.name}: ${at.says}`] : [],
  );
  const refusals = [
    ...(foreign.length > 0 ? [no.differs(foreign)] : []),
    ...(waits.length > 0 ? [no.waits(waits)] : []),
  ];
  for (const each of refusals) if (isRefusal(each)) out.write(`${refusalText(each)}\n`);
  const lines = role.next(setting);
  if (lines.length > 0) out.write(`\n${paint.bold('Next')}\n${lines.map((one) => `  ${one}`).join('\n')}\n`);
  return refusals.length > 0 ? 1 : 0;
}

/** The folder, when it can be made by whoever runs this. */
export function ownFolder(dir: string): void {
  guarded(dir, () => {
    mkdirSync(dir, { recursive: true, mode: 0o755 });
    // A link to nothing is made nothing of, and not complained of either.
    statSync(dir);
  });
}
