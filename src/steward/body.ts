/** The text of a GitHub Release. Names only, in code: a file name is nobody's Markdown. */
import type { EditionContent } from '../publication/content.ts';
import { CRATE_ASSET, MANIFEST_ASSET, PROVENANCE_ASSET } from '../publication/assets.ts';
import { manifestOf } from '../publication/manifest.ts';
import { WITHDRAWAL_WORDS } from '../publication/words.ts';
import type { RemoveOrder } from '../protocol/steward.ts';

/** GitHub takes 125,000 characters. */
const MOST_LISTED = 300;

export const releaseTitle = ({ project, edition }: EditionContent): string =>
  `Results of ${project.number}${edition > 1 ? `, edition ${edition}` : ''}`.slice(0, 200);

export function releaseBody(content: EditionContent): string {
  const { files } = manifestOf(content);
  const { owner } = content;
  const listed = files.slice(0, MOST_LISTED);
  const more = files.length - listed.length;
  return [
    `<!-- sallyport:publication:${content.publication}:${content.edition} -->`,
    `Files of project ${content.project.number} that two output checkers released and a further person approved for publication.`,
    '',
    '| file | attached as | SHA-256 |',
    '|---|---|---|',
    ...listed.map(
      ({ path, asset, sha256 }) =>
        `| ${code(path)} | ${asset ? code(asset) : 'in the crate'} | \`${sha256}\` |`,
    ),
    ...(more > 0 ? ['', `And ${more} more: \`${MANIFEST_ASSET}\` lists all.`] : []),
    '',
    ...(owner ? [`Approval by the owner of the data: ${code(owner.reference)}, ${owner.on}.`, ''] : []),
    `- \`${MANIFEST_ASSET}\`: names, sizes and hashes`,
    `- \`${PROVENANCE_ASSET}\`: how each file was made and reviewed, signed in the secure zone`,
    `- \`${CRATE_ASSET}\`: all of it as a Five Safes RO-Crate`,
    '',
    `Check a download with \`sallyport verify-release\`: [what the statements say, and how](${content.deployment.address}/provenance).`,
  ].join('\n');
}

export const WITHDRAWN_TITLE = 'Withdrawn results';

/** What is left where a publication was: that it was, since when it is no more, and why. No name, no hash. */
export function withdrawnBody(
  order: RemoveOrder,
  note: NonNullable<RemoveOrder['note']>,
  hub: string,
): string {
  const { publication, edition } = order;
  return [
    withdrawnMark(order),
    `The files that were published here were **withdrawn on ${note.on}**: ${WITHDRAWAL_WORDS[note.category]}.`,
    '',
    `Do not use copies of them. [Publication ${publication}, edition ${edition}](${hub}/publications/${publication}) says what became of it.`,
  ].join('\n');
}

const withdrawnMark = ({ publication, edition }: RemoveOrder): string =>
  `<!-- sallyport:withdrawn:${publication}:${edition} -->`;

/** In a table a bar and a backtick would end the cell. */
function code(text: string): string {
  const plain = text.replace(/[\p{Cc}\p{Cf}|]/gu, '_');
  return plain.includes('`') ? `\`\` ${plain.replace(/`{2,}/g, '_')} \`\`` : `\`${plain}\``;
}
