/** What `sallyport setup` says when it will not, or cannot. */
import { refusal, type Refusal } from '../../lib/refusal.ts';
import { printable } from '../../pipeline/pipeline.ts';

interface RoleAt {
  role: string;
  where: string;
}

export const no = {
  card: (file: string, faults: string) =>
    refusal('setup.card', `${file} is no card: ${faults}.`, 'Copy it anew from the host that wrote it.'),
  cardFolder: (folder: string) =>
    refusal(
      'setup.card',
      `${folder} is no folder that can be read.`,
      'Make it a folder, with the cards of the other hosts in it.',
    ),
  answersFile: (file: string, why: string) =>
    refusal(
      'setup.answers-file',
      `${file} holds no answers: ${why}.`,
      'Write one answer a line, as id: value; "--dry-run --yes" lists the ids that lack.',
    ),
  keptAnswers: (file: string, why: string) =>
    refusal(
      'setup.kept-answers',
      `${file} holds the answers of the last time, and cannot be used: ${why}.`,
      'Take it back from a backup, or remove it and answer anew: what was made stays, and settings are compared before they are written.',
    ),
  torn: (file: string, how: string, remedy: string) =>
    refusal('setup.torn', `${file}, which setup wrote, ${how}.`, remedy),
  keyTorn: (file: string) =>
    refusal(
      'setup.torn',
      `${file} holds no private key that can be read.`,
      'Take it back from a backup; or move it away, and a new one is made, whose public line has to be listed anew wherever the old one stands.',
    ),
  linkedSecret: (file: string, to: string) =>
    refusal(
      'setup.link',
      `${file} is a link to ${to}, out of its folder: whoever gives a secret to a role gives no file that lies elsewhere.`,
      `Put the file itself there: cp --remove-destination ${to} ${file}`,
    ),
  linkedFolder: (folder: string, to: string) =>
    refusal(
      'setup.link',
      `${folder} is a link to ${to}: rights are not given through a link.`,
      `Answer with the folder itself, ${to}, or have it mounted at ${folder}.`,
    ),
  noFile: (file: string) =>
    refusal(
      'setup.no-file',
      `${file} is no file: where a file was not there yet, the engine makes a folder of its name.`,
      'Remove it and put the file there.',
    ),
  unknownAnswers: (ids: readonly string[], known: readonly string[]) =>
    refusal(
      'setup.unknown-answer',
      `Nothing asks for ${ids.map(printable).join(', ')}.`,
      `This role asks for: ${known.join(', ')}.`,
    ),
  lacking: (lines: readonly string[]) =>
    refusal(
      'setup.lacking',
      `${lines.length} ${lines.length === 1 ? 'answer lacks' : 'answers lack'}:\n${lines.map((one) => `  ${one}`).join('\n')}\n`,
      'Add them to the file of --config, or run this in a terminal.',
    ),
  wrong: (lines: readonly string[]) =>
    refusal(
      'setup.wrong-answer',
      `${lines.length} ${lines.length === 1 ? 'answer is' : 'answers are'} wrong:\n${lines.map((one) => `  ${one}`).join('\n')}\n`,
      'Correct them in the file of --config.',
    ),
  differs: (files: readonly string[]) =>
    refusal(
      'setup.differs',
      `Kept, because somebody changed it by hand: ${files.join(', ')}.`,
      `Compare it with "--dry-run"; to have it written anew: ${files.map((one) => `--replace ${one}`).join(' ')}`,
    ),
  waits: (lines: readonly string[]) =>
    refusal(
      'setup.waits',
      `Not finished:\n${lines.map((one) => `  - ${one}`).join('\n')}\n`,
      'Do that and run the same command again: it goes on from here.',
    ),
  declined: () => refusal('setup.declined', 'Nothing more was written.', 'Run it again whenever you like.'),
  cannotWrite: (what: string, why: string) =>
    refusal(
      'setup.cannot-write',
      `${what} could not be made: ${why}.`,
      'Mend that and run it again: it goes on from here.',
    ),
  notRoot: (what: string) =>
    refusal(
      'setup.not-root',
      `${what} belongs to another user, whom only root can give files.`,
      'Run it as root, or name your own user.',
    ),
  database: (file: string, why: string) =>
    refusal(
      'setup.database',
      `PostgreSQL does not take what stands in ${file}: ${why}.`,
      'Look at the address in that file, and at pg_hba.conf.',
    ),
  databaseRight: (account: string, why: string) =>
    refusal(
      'setup.database-right',
      `PostgreSQL does not let ${account} do this: ${why}.`,
      `The administrator's account makes a role and a database: ALTER ROLE ${account} CREATEROLE CREATEDB, then run this again; or have both made and answer "given".`,
    ),
  databaseTaken: (what: string, where: string) =>
    refusal(
      'setup.database-taken',
      `On ${where} there is ${what} that was not made here: it may be of another installation, and is left as it is.`,
      'Answer another name; or, if it is yours, answer "given" and write its address into the file.',
    ),
  databaseOpen: (name: string, where: string) =>
    refusal(
      'setup.database-open',
      `The database ${name} was made on ${where}, and every role of that server may still connect to it.`,
      `Look with \\l+ ${name} in psql who gave PUBLIC that right, and let that role say REVOKE ALL ON DATABASE ${name} FROM PUBLIC; then run this again.`,
    ),
  databaseBegun: (next: string, begun: RoleAt, asked: RoleAt) =>
    refusal(
      'setup.database-begun',
      `${next} is of a run that was broken off: it made role ${begun.role} for ${begun.where}, and the answers now say ${asked.role} for ${asked.where}.`,
      'Answer as before to go on with it; or drop that role and its database there, if they were made, and remove the file.',
    ),
  databaseFile: (file: string) =>
    refusal(
      'setup.database-file',
      `${file} holds no address of a database.`,
      'Write postgres://user:password@host/database into it, chmod 600.',
    ),
  appState: () =>
    refusal(
      'setup.app-state',
      'This address does not come from the registration that was begun here.',
      'Open the page again and register from there.',
    ),
  appCode: (why: string) =>
    refusal(
      'setup.app-code',
      `GitHub does not take the code: ${why}.`,
      'A code works once and for an hour. If an App was made, delete it on its settings page; then open the page again.',
    ),
  appAway: (origin: string) =>
    refusal(
      'setup.app-away',
      `${origin} does not answer.`,
      'The code holds for an hour: try again with --app-code.',
    ),
  appFiles: (file: string) =>
    refusal(
      'setup.app-files',
      `${file} is there already: an App was registered before.`,
      'Use it with the answer "app: existing", or move its files away.',
    ),
  governance: (findings: readonly string[]) =>
    refusal(
      'setup.governance-invalid',
      `The governance repository is not valid as it stands:\n${findings.map((one) => `  ${one}`).join('\n')}\n`,
      'Correct these lines, commit, and run this again.',
    ),
  git: (why: string) => refusal('setup.git', `git refuses: ${why}.`, 'Mend that and run it again.'),
} satisfies Record<string, (...given: never[]) => Refusal>;
