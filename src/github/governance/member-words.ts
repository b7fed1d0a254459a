/** Why a member is not proposed. */
import { refusal, type Refusal } from '../../lib/refusal.ts';

export const no = {
  notLead: (project: string): Refusal =>
    refusal(
      'member.not-lead',
      `Only a lead of project ${project} may ask for its members.`,
      'Ask one of its leads. To leave yourself: /member end with your own login.',
    ),
  noSuchLogin: (login: string): Refusal =>
    refusal('member.no-such-login', `GitHub knows nobody called ${login}.`, 'Look at the spelling.'),
  bot: (login: string): Refusal =>
    refusal('member.bot', `${login} is a program.`, 'Members are people: name the person behind it.'),
  oneself: (): Refusal =>
    refusal('member.oneself', 'Nobody asks for rights of their own.', 'Ask another lead of the project.'),
  over: (until: string): Refusal =>
    refusal('member.over', `${until} is not in the future.`, 'Give a later day with --until.'),
  notRegistered: (login: string, id: number, where: string): Refusal =>
    refusal(
      'member.not-registered',
      `${login} (${id}) is not registered here: people.yml has no entry with that number.`,
      `They register with training and agreement first; governance does that: ${where}.`,
    ),
  lacking: (login: string, what: readonly string[], where: string): Refusal =>
    refusal(
      'member.lacking',
      `${login} cannot have that role yet: ${what.join('; ')}.`,
      `Governance enters it in people.yml when it is there: ${where}.`,
    ),
  tooLong: (until: string, latest: string, whose: string): Refusal =>
    refusal(
      'member.too-long',
      `Until ${until} is longer than ${whose} lasts.`,
      `The latest day is ${latest}.`,
    ),
  already: (login: string, roles: readonly string[]): Refusal =>
    refusal('member.already', `${login} is ${roles.join(', ')} until that day already.`, ''),
  notAMember: (login: string, project: string): Refusal =>
    refusal(
      'member.not-a-member',
      `${login} is no member of project ${project}.`,
      'Look at the project page.',
    ),
};
