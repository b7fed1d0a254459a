/** Where answers come from: what was said now, a file, what was answered last time, a card, the standard. In this order. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { Refused, type Refusal } from '../../lib/refusal.ts';
import { put, statAt, textOf } from './files.ts';
import { cardNews } from './card-news.ts';
import type { Answers, Known, Question } from './question.ts';
import { no } from './words.ts';

/** Asks a person one question; its answer is right. */
export type Asker = (question: Question, standard: string | undefined, known: Known) => Promise<string>;

export const keptFile = (dir: string, role: string): string => path.join(dir, 'setup', `${role}.answers.yml`);
const cardsSaidFile = (dir: string, role: string): string => path.join(dir, 'setup', `${role}.cards.yml`);
const CARDS_SAID_REMEDY = 'Remove it: answers are then compared with the cards anew.';

/** Throws Refused `setup.answers-file`, `setup.unknown-answer`. */
export function answersFrom(file: string, questions: readonly Question[]): Answers {
  const read = mapIn(file, no.answersFile) ?? {};
  const known = questions.map(({ id }) => id);
  const unknown = Object.keys(read).filter((id) => !known.includes(id));
  if (unknown.length > 0) throw new Refused(no.unknownAnswers(unknown, known));
  return read;
}

type Refuse = (file: string, why: string) => Refusal;

/** Undefined when nothing stands in it. */
function mapIn(file: string, refuse: Refuse): Answers | undefined {
  let raw: unknown;
  try {
    raw = parse(readFileSync(file, 'utf8')) ?? undefined;
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).syscall ? 'it cannot be read' : 'it is no YAML';
    throw new Refused(refuse(file, why), { cause: error });
  }
  if (raw === undefined) return undefined;
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
    throw new Refused(refuse(file, 'it is no list of id: value'));
  return Object.fromEntries(
    Object.entries(raw).map(([id, value]) => {
      const text = textFrom(value);
      if (text === undefined) throw new Refused(refuse(file, `${id} is neither text nor a list`));
      return [id, text];
    }),
  );
}

function textFrom(value: unknown): string | undefined {
  if (Array.isArray(value)) {
    const texts = value.map(textFrom);
    return texts.includes(undefined) ? undefined : texts.join(', ');
  }
  if (value === null) return '';
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value).trim() : undefined;
}

/** Throws Refused `setup.kept-answers`: without them a second run would take standards where there were answers. */
export function keptAnswers(dir: string, role: string): Answers {
  const file = keptFile(dir, role);
  if (!statAt(file)) return {};
  const read = mapIn(file, no.keptAnswers);
  if (!read) throw new Refused(no.keptAnswers(file, 'it is empty'));
  return read;
}

/** The file holds answers only: it may be copied and given to --config. */
export function keepAnswers(dir: string, role: string, answers: Answers): void {
  const head = `# Answers of the last "sallyport setup ${role}". Give a copy to --config to do the same elsewhere.`;
  keep(keptFile(dir, role), head, answers);
}

export function keepCardsSaid(dir: string, role: string, cardsSaid: Answers): void {
  keep(
    cardsSaidFile(dir, role),
    '# What cards said when that was answered: news of them is told.',
    cardsSaid,
  );
}

function keep(file: string, head: string, answers: Answers): void {
  const sorted = Object.entries(answers).sort(([a], [b]) => (a < b ? -1 : 1));
  const text = `${head}\n${stringify(Object.fromEntries(sorted))}`;
  if (textOf(file) !== text) put(file, text, 0o644);
}

/** What cards said when these were answered. Throws Refused `setup.torn`. */
export function keptCardsSaid(dir: string, role: string): Answers {
  const file = cardsSaidFile(dir, role);
  const refuse: Refuse = (at, why) => no.torn(at, `cannot be used: ${why}`, CARDS_SAID_REMEDY);
  return statAt(file) ? (mapIn(file, refuse) ?? {}) : {};
}

export interface Sources {
  given: Answers;
  kept: Answers;
  /** What cards said when that was kept. */
  cardsSaid: Answers;
  /** Where an answer changes by itself, that is said. */
  tell(line: string): void;
  /** Undefined: nobody is there to be asked. */
  ask: Asker | undefined;
}

/** What an answer becomes, or what is wrong with it. */
export async function taken(
  { fault, settle }: Question,
  text: string,
  known: Known,
): Promise<{ text: string; fault?: string }> {
  const wrong = fault?.(text, known);
  if (wrong !== undefined) return { text, fault: wrong };
  try {
    return { text: settle ? await settle(text, known.answers) : text };
  } catch (error) {
    return { text, fault: error instanceof Error ? error.message : String(error) };
  }
}

/** Every question in its order; with nobody to ask, what lacks or is wrong is told at once. Throws Refused. */
export async function gather(
  questions: readonly Question[],
  known: Omit<Known, 'answers'>,
  { given, kept, cardsSaid, tell, ask }: Sources,
): Promise<Answers> {
  const answers: Record<string, string> = {};
  const lacking: string[] = [];
  const wrong: string[] = [];
  for (const question of questions) {
    const now: Known = { ...known, answers };
    if (question.when && !question.when(answers)) continue;
    const said = given[question.id];
    const news = said === undefined ? cardNews(question, now, { kept, cardsSaid }) : undefined;
    if (news) tell(news.line);
    const standard = said ?? news?.standard ?? kept[question.id] ?? question.standard(now);
    if (ask && said === undefined) {
      answers[question.id] = await ask(question, standard, now);
    } else if (standard === undefined) {
      lacking.push(`${question.id}: ${question.asks} ${question.why}`);
    } else {
      const { text, fault } = await taken(question, standard, now);
      if (fault !== undefined) wrong.push(`${question.id}: ${JSON.stringify(standard)}. ${fault}`);
      answers[question.id] = text;
    }
  }
  if (wrong.length > 0) throw new Refused(no.wrong(wrong));
  if (lacking.length > 0) throw new Refused(no.lacking(lacking));
  return answers;
}
