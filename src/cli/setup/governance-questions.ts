/** What is asked for the first version of governance: what a first run takes, and no more. */
import path from 'node:path';
import { request } from 'undici';
import { isoDay, days, seconds } from '../../lib/clock.ts';
import { limitedText } from '../../lib/limited-text.ts';
import { githubPlaces } from '../../lib/origin.ts';
import { githubQuestions } from './app.ts';
import { hubOrigin } from './origins.ts';
import {
  absolute,
  always,
  email,
  line,
  listed,
  nobodyKnows,
  orNothing,
  repositoryName,
  shortName,
  wholeNumber,
  type Answers,
  type Question,
} from './question.ts';

const day = (text: string): string | undefined =>
  /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text))
    ? undefined
    : 'Write a day like 2027-02-28.';
const PERSON = /^([A-Za-z0-9][A-Za-z0-9-]{0,38})(?:=([1-9]\d{0,14}))?$/;
const people = (text: string): string | undefined =>
  listed(text).length > 0 && listed(text).every((one) => PERSON.test(one))
    ? undefined
    : 'Write names as on GitHub, with commas; where GitHub cannot be asked from here, name=number.';

export interface Named {
  login: string;
  id: number;
}

export const peopleIn = (text: string | undefined): Named[] =>
  listed(text).flatMap((one) => {
    const [, name, id] = PERSON.exec(one) ?? [];
    return name && id ? [{ login: name, id: Number(id) }] : [];
  });

/** Names become name=number: governance knows people by number. Throws with a sentence. */
async function numbered(text: string, answers: Answers): Promise<string> {
  const found = await Promise.all(
    listed(text).map(async (one) => {
      const [, name = '', id] = PERSON.exec(one) ?? [];
      return `${name}=${id ?? (await numberOf(answers, `/users/${name}`, 'id'))}`;
    }),
  );
  return found.join(', ');
}

async function numberOf(answers: Answers, place: string, field: string): Promise<number> {
  const github = answers['github'] ?? '';
  const { api } = githubPlaces(github);
  const answer = await request(`${api}${place}`, {
    headers: { accept: 'application/vnd.github+json', 'user-agent': 'sallyport-setup' },
    signal: AbortSignal.timeout(seconds(15)),
  }).catch(() => undefined);
  if (!answer) throw new Error(`${github} does not answer.`);
  const text = await limitedText(answer.body as AsyncIterable<Uint8Array>, 1024 * 1024);
  if (answer.statusCode !== 200)
    throw new Error(`${github} knows nothing at ${place} that it shows to everybody.`);
  const number = (JSON.parse(text) as Record<string, unknown>)[field];
  if (typeof number === 'number' && Number.isSafeInteger(number)) return number;
  throw new Error(`${github} says no number for ${place}.`);
}

const group = (id: string, asks: string, why: string): Question => ({
  id,
  asks,
  why: `${why} Names on GitHub, with commas.`,
  standard: nobodyKnows,
  fault: people,
  settle: numbered,
});

export const governanceQuestions: readonly Question[] = [
  ...githubQuestions,
  hubOrigin,
  {
    id: 'organisation_id',
    asks: 'Which number has the organisation?',
    why: 'A name can be given to somebody else, a number cannot. "?" asks GitHub.',
    standard: always('?'),
    fault: (text) => (text === '?' ? undefined : wholeNumber(text)),
    settle: async (text, answers) =>
      text === '?' ? String(await numberOf(answers, `/orgs/${answers['organisation']}`, 'id')) : text,
  },
  {
    id: 'governance_name',
    asks: 'What is the governance repository called?',
    why: 'Make it now if it is not there: empty, private or public, in the organisation.',
    standard: always('governance'),
    fault: repositoryName,
  },
  {
    id: 'governance_id',
    asks: 'Which number has it?',
    why: '"gh api repos/OWNER/NAME --jq .id" says it. "?" asks GitHub, which answers for public ones only.',
    standard: always('?'),
    fault: (text) => (text === '?' ? undefined : wholeNumber(text)),
    settle: async (text, answers) =>
      text === '?'
        ? String(
            await numberOf(answers, `/repos/${answers['organisation']}/${answers['governance_name']}`, 'id'),
          )
        : text,
  },
  {
    id: 'governance_dir',
    asks: 'In which folder shall it be written?',
    why: 'A git repository, with commits that you read and push.',
    standard: ({ dir }) => path.join(dir, 'governance'),
    fault: absolute,
  },
  {
    id: 'deployment',
    asks: 'What is this deployment called, in one short word?',
    why: 'It stands in every record and never changes.',
    standard: ({ answers }) => (answers['organisation'] ?? '').toLowerCase(),
    fault: shortName,
  },
  {
    id: 'support',
    asks: 'Where do people ask for help?',
    why: 'An e-mail address that the pages show.',
    standard: nobodyKnows,
    fault: email,
  },
  {
    id: 'incidents',
    asks: 'Where are breaches told of?',
    why: 'An e-mail address that somebody reads.',
    standard: ({ answers }) => answers['support'],
    fault: email,
  },
  {
    id: 'subject',
    asks: 'What is one row of the data about?',
    why: 'One, many, and the column with its key, for the texts of pages.',
    standard: always('person, persons, person_id'),
    fault: (text) => (listed(text).length === 3 ? undefined : 'Write three words, with commas.'),
  },
  {
    id: 'project_number',
    asks: 'Which pattern do project numbers have?',
    why: 'A regular expression for the whole number; the next number of an application follows from it.',
    standard: always('^P-20[0-9]{2}-[0-9]{3}$'),
    fault: (text) => (/^\^.+\$$/.test(text) ? undefined : 'Begin with ^ and end with $.'),
  },
  group('governors', 'Who decides what governance says?', 'Two at least, or nothing can be approved.'),
  group('checkers', 'Who checks outputs?', 'Two at least, none of them a member of the project they check.'),
  group('researchers', 'Who works on the first project?', 'The first of them leads it.'),
  {
    id: 'course',
    asks: 'Which training have all of them passed?',
    why: 'Nobody runs on real data, or checks, without one.',
    standard: nobodyKnows,
    fault: shortName,
  },
  {
    id: 'trained_on',
    asks: 'When had all of them passed it?',
    why: 'The day of the last of them.',
    standard: nobodyKnows,
    fault: day,
  },
  {
    id: 'agreement',
    asks: 'Under which agreement may they use the data?',
    why: 'Your reference for it.',
    standard: nobodyKnows,
    fault: line,
  },
  {
    id: 'until',
    asks: 'Until when does all of this hold?',
    why: 'Every right ends. People are reminded 30 days before.',
    standard: ({ now }) => isoDay(now + days(365)),
    fault: day,
  },
  {
    id: 'institution',
    asks: 'Which institution leads the first project?',
    why: 'A short word.',
    standard: nobodyKnows,
    fault: shortName,
  },
  {
    id: 'project',
    asks: 'Which number has the first project?',
    why: 'By the pattern above.',
    standard: nobodyKnows,
    fault: line,
  },
  {
    id: 'project_title',
    asks: 'What is it called?',
    why: 'Public, like its number.',
    standard: nobodyKnows,
    fault: line,
  },
  {
    id: 'project_summary',
    asks: 'What is it about, in a sentence?',
    why: 'Public, for everybody.',
    standard: nobodyKnows,
    fault: line,
  },
  {
    id: 'study_id',
    asks: 'Which number has its repository?',
    why: 'As above. Nothing: the steward makes one, when deployment.yml names a template.',
    standard: always(''),
    fault: orNothing(wholeNumber),
  },
  {
    id: 'image',
    asks: 'Which image do its actions run in?',
    why: 'name:version=path@sha256:…, as "sallyport images push" prints it. Nothing for now: actions run when there is one.',
    standard: always(''),
    fault: orNothing((text) =>
      IMAGE.test(text) ? undefined : 'Write it like python:v2=our-images/python@sha256:<64 digits>.',
    ),
  },
];

export const IMAGE = /^([a-z0-9_-]+):(v[0-9][\w.-]*)=([a-z0-9._/:-]+)@(sha256:[0-9a-f]{64})$/;
