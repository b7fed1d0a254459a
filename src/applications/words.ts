/** What this room says of answers. Sentences that GitHub shows are in `src/github/applications/words.ts`. */
const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ');

export const words = {
  missing: () => 'This has to be answered.',
  tooLong: (has: number, most: number) => `This has ${has} characters; at most ${most} are taken.`,
  noEmail: () => 'This is no e-mail address.',
  noPhone: () => 'This is no telephone number.',
  noLink: () => 'This is no address that begins with https://.',
  noDay: () => 'Write a day like 2027-02-28.',
  noNumber: () => 'Write a number in digits.',
  tooMuch: (most: number) => `At most ${most}.`,
  noYes: () => 'Write Yes or No.',
  noOption: (options: readonly string[]) => `Choose of ${quoted(options)}.`,
  noLogin: () => 'GitHub knows nobody by this login.',
  oneLine: () => 'Write this on one line.',
  noEntry: (ids: readonly string[]) =>
    `Write a line for each of ${ids.join(', ')}, like "${ids[0]!}: …", and an empty line between entries.`,
  tooMany: (most: number) => `At most ${most} entries are taken.`,
  ofEntry: (entry: number, id: string, says: string) => `Entry ${entry}, ${id}: ${says}`,

  unknownName: (what: string, given: string, known: readonly string[]) =>
    known.length > 0
      ? `There is no ${what} "${given}" here. There is ${quoted(known.slice(0, 20))}.`
      : `There is no ${what} "${given}" here.`,
  notAsked: (what: string) =>
    `No question of the form becomes the project's ${what}: governance adds "becomes: ${what}" to the form.`,
  noLead: () => 'One of the people has to be a lead.',
  twice: (login: string) => `${login} is named twice.`,
  endsBefore: (day: string) => `The last day, ${day}, has passed.`,
  tooFar: () => 'A right is given for at most five years.',
  beginsLate: () => 'It would begin after it has ended.',
  notGrantable: (name: string, known: readonly string[]) =>
    `Nobody grants "${name}" here. ${known.length > 0 ? `There is ${quoted(known.slice(0, 20))}.` : ''}`.trim(),
  notAMember: (project: string) => `You are no member of project "${project}".`,
  /** For people to read: their sentences, one project each. */
  kinds: {
    text: 'one line',
    paragraph: 'text',
    email: 'an e-mail address',
    phone: 'a telephone number',
    address: 'an address that begins with https://',
    date: 'a day like 2027-02-28',
    number: 'a number',
    yes_no: 'Yes or No',
    choice: 'one of these',
    choices: 'tick what applies',
    login: 'a GitHub login',
    group: 'entries, an empty line between them',
  },
  required: 'has to be answered',
  optional: 'may be left empty',
  ofTheseLines: 'Lines of an entry',
} as const;

/** What stands above the questions. */
export const formWords = {
  application: {
    name: 'Apply for a project',
    description: 'Answer what you can; what follows from your answers is asked in a comment.',
    title: 'Application: ',
    intro:
      'What you write here is read by those who decide. What is public of a project becomes public when it is approved; everything else stays in this repository. Whatever is missing is named in a comment, and further questions may follow there.',
  },
  permission: {
    name: 'Request a permission',
    description: 'Ask for a dataset, a population or a component for your project.',
    title: 'Permission: ',
    intro:
      'For members of the project. Name, reason, reference and days become public when it is granted. The team that grants it is asked at once.',
  },
};
