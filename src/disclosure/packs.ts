/**
 * Rule packs: what identifies a person or an area, by name, so that a school or tax deployment brings
 * its own. `england-health` holds what the English health services must never let out.
 */
import { ENGLISH_AREAS } from './gazetteer.ts';

export interface Matcher {
  /** As a person would call it: "NHS number". */
  name: string;
  /** Found anywhere in a text, never empty; global and without look-behind, so that it stays linear. */
  pattern: RegExp;
  /** A second look at what the pattern found. */
  confirms?: (found: string) => boolean;
  /** Only where this share of a column's cells match, or where its heading is an area's. */
  share?: number;
}

export interface RulePack {
  /** Headings without case and punctuation; one edit away still counts. */
  identifiers: readonly string[];
  values: readonly Matcher[];
  /** Words of a heading. */
  areaHeadings: readonly string[];
  areas: readonly Matcher[];
  /** Names in lower case. */
  gazetteer: readonly string[];
}

/** Ten digits whose last is the check digit: weights 10 to 2, eleven minus the sum modulo eleven. */
export function isNhsNumber(text: string): boolean {
  const digits = text.replace(/[ -]/g, '');
  let sum = 0;
  for (let i = 0; i < 9; i += 1) sum += Number(digits[i]) * (10 - i);
  const check = 11 - (sum % 11);
  return check !== 10 && (check === 11 ? 0 : check) === Number(digits[9]);
}

const PEOPLE: RulePack = {
  identifiers: ['patientid', 'personid', 'pseudoid', 'pupilid', 'taxpayerid'],
  values: [
    { name: 'e-mail address', pattern: /[\w.+-]{1,64}@[a-z\d-]{1,63}(?:\.[a-z\d-]{1,63})+/gi },
    { name: 'phone number', pattern: /(?:\+\d{2}[ -]?\(?0?\)?|\b0)[1-9]\d{1,4}[ -]?\d{3,4}[ -]?\d{3,4}\b/g },
    { name: '64-digit hash', pattern: /\b[\da-f]{64}\b/gi },
  ],
  areaHeadings: [],
  areas: [],
  gazetteer: [],
};

const ENGLAND_HEALTH: RulePack = {
  identifiers: ['nhsid', 'hesid', 'nhsnumber'],
  values: [
    { name: 'NHS number', pattern: /\b\d{3}[ -]?\d{3}[ -]?\d{4}\b/g, confirms: isNhsNumber },
    {
      name: 'postcode',
      pattern:
        /\b(?:GIR ?0AA|[A-PR-UWYZ](?:\d{1,2}|[A-HK-Y]\d{1,2}|\d[A-HJKPSTUW]|[A-HK-Y]\d[ABEHMNPRVWXY]) ?\d[ABD-HJLNP-UW-Z]{2})\b/gi,
    },
  ],
  areaHeadings: ['practice', 'stp', 'icb', 'msoa', 'lsoa', 'pcn', 'listsize', 'lad', 'ccg', 'utla', 'ltla'],
  areas: [
    { name: 'middle-layer area (MSOA)', pattern: /\bE02\d{6}\b/g },
    { name: 'lower-layer area (LSOA)', pattern: /\bE01\d{6}\b/g },
    { name: 'local authority', pattern: /\bE0[6-9]\d{6}\b/g },
    { name: 'integrated care board', pattern: /\bE54\d{6}\b/g },
    { name: 'primary care network', pattern: /\bU\d{5}\b/g },
    { name: 'practice', pattern: /\b[A-Y]\d{5}\b/g },
    { name: 'integrated care board', pattern: /^Q[A-Z\d]{2}$/g, share: 0.8 },
  ],
  gazetteer: ENGLISH_AREAS,
};

export const PACKS: Readonly<Record<string, RulePack>> = {
  people: PEOPLE,
  'england-health': ENGLAND_HEALTH,
};
