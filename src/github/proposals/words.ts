/** What is said of proposals: in the pull request, and where somebody asked. */
import type { proposals } from '../../db/schema/stewarding.ts';
import { code, mention, prose } from '../markdown.ts';

type Proposal = typeof proposals.$inferSelect;

/** Of the pull request on governance. */
export function pullBody({ id, why, askedBy, askedByLogin }: Proposal): string {
  return [
    why,
    '',
    '---',
    '',
    `Proposed for ${code(`@${askedByLogin}`)} (GitHub user ${askedBy}), who cannot approve it, as ${code(id)}.`,
    'It was written by the steward from a typed change; merging it is what gives it effect.',
  ].join('\n');
}

/** Of the comment that says how it stands while it is open. */
export function openText({ state, title, url }: Proposal): string {
  if (state === 'asked')
    return `**${prose(title)}** – a pull request on the governance repository is being opened.`;
  return [
    `**${prose(title)}** – proposed in ${url}.`,
    '',
    'It takes effect when people who may approve it have done so and it is merged there.',
  ].join('\n');
}

/** Of the comment that says what became of it; undefined while it is open. */
export function endText({ state, title, url, says, askedByLogin }: Proposal): string | undefined {
  const who = mention(askedByLogin);
  const where = url === null ? '' : ` (${url})`;
  switch (state) {
    case 'merged':
      return `${who} **${prose(title)}** – merged${where}. It holds from now on: governance says so.`;
    case 'closed':
      return `${who} **${prose(title)}** – closed without being merged${where}. ${says ?? 'The pull request says why; ask again when that is settled.'}`;
    case 'refused':
      return `${who} **${prose(title)}** – it could not be proposed. ${says ?? ''}`.trimEnd();
    default:
      return undefined;
  }
}
