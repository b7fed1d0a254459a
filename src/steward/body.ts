/** The text of a GitHub Release. Names only, in code: a file name is nobody's Markdown. */
import type { EditionContent } from '../publication/content.ts';
import { CRATE_ASSET, MANIFEST_ASSET, PROVENANCE_ASSET } from '../publication/assets.ts';
import { manifestOf } from '../publication/manifest.ts';

/** GitHub takes 125,000 characters. */
const MOST_LISTED = 300;

export const releaseTitle = ({ project, edition }: EditionContent): string =>
  `Results of ${project.number}${edition > 1 ? `, edition ${edition}` : ''}`.slice(0, 200);

export function releaseBody(content: EditionContent): string {
  const { files } = manifestOf(content);
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
    `- \`${MANIFEST_ASSET}\`: names, sizes and hashes`,
    `- \`${PROVENANCE_ASSET}\`: how each file was made and reviewed, signed in the secure zone`,
    `- \`${CRATE_ASSET}\`: all of it as a Five Safes RO-Crate`,
    '',
    'Check a download with `sallyport verify-release`.',
  ].join('\n');
}

/** In a table a bar and a backtick would end the cell. */
function code(text: string): string {
  const plain = text.replace(/[\p{Cc}\p{Cf}|]/gu, '_');
  return plain.includes('`') ? `\`\` ${plain.replace(/`{2,}/g, '_')} \`\`` : `\`${plain}\``;
}
