/**
 * What an applicant said, as one digest that commits to it without telling it.
 *
 * Answers have few possible values, so the digest is keyed by a salt that stays with the application. The text
 * is what the applicant wrote under every heading, whatever the form asks today: a form that changes changes no seal.
 */
import { canonicalJson } from '../lib/canonical.ts';
import { keyedDigest } from '../lib/hash.ts';
import { sectionsOf } from './sections.ts';

/** Of several texts by one writer, the last word under a heading counts. Lone halves of characters are replaced. */
export function sealedText(applicant: number, texts: readonly string[]): string {
  const said = new Map(texts.flatMap((text) => sectionsOf(text)).map(({ heading, text }) => [heading, text]));
  const answers = [...said].map(([heading, text]) => [whole(heading), whole(text)]);
  return canonicalJson({ applicant, answers });
}

const whole = (text: string): string =>
  text.replace(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, '\uFFFD');

/** `sha256:…`, as a project file keeps it. */
export const seal = (salt: string, text: string): string => `sha256:${keyedDigest(salt, text)}`;
