/**
 * Secrets that have a shape which nothing else has: keys, tokens, addresses with a password in them.
 *
 * Only what is worth a person's time: a finding stops a repository from becoming public. What only looks random is not
 * found, nor what lies in an archive. It says which kind it is, and never gives back a piece of the text.
 */
export const SECRETS = [
  'private-key',
  'github-token',
  'cloud-key',
  'service-token',
  'database-password',
  'env-file',
] as const;
export type SecretKind = (typeof SECRETS)[number];

interface Shape {
  kind: SecretKind;
  /** Without one of these there is none: looked for first, as that costs next to nothing. */
  marks: readonly string[];
  /** No longer than OVERLAP; a first group is a password, which may be made up. */
  pattern: RegExp;
}

/** Of what came before, so much is looked at again with what follows. */
const OVERLAP = 1024;
const START = '(?<![A-Za-z0-9_-])';

const SHAPES: readonly Shape[] = [
  // The first line alone stands in many a text about keys: what follows it has to be one.
  {
    kind: 'private-key',
    marks: ['PRIVATE KEY'],
    pattern: /-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----[\s\S]{0,300}?[A-Za-z0-9+/]{40}/g,
  },
  { kind: 'private-key', marks: ['PuTTY-User-Key'], pattern: /PuTTY-User-Key-File-[23]: /g },
  { kind: 'private-key', marks: ['AGE-SECRET-KEY-1'], pattern: /AGE-SECRET-KEY-1[0-9A-Z]{58}/g },
  {
    kind: 'github-token',
    marks: ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'github_pat_'],
    pattern: new RegExp(
      `${START}(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{20})`,
      'g',
    ),
  },
  // Without the example of the provider's own documentation.
  {
    kind: 'cloud-key',
    marks: ['AKIA', 'ASIA'],
    pattern: /(?<![A-Za-z0-9+/])A[KS]IA(?![A-Z2-7]{9}EXAMPLE)[A-Z2-7]{16}(?![A-Za-z0-9+/=])/g,
  },
  { kind: 'cloud-key', marks: ['AIza'], pattern: new RegExp(`${START}AIza[0-9A-Za-z_-]{35}`, 'g') },
  { kind: 'cloud-key', marks: ['AccountKey='], pattern: /AccountKey=[A-Za-z0-9+/]{86}==/g },
  {
    kind: 'service-token',
    marks: ['glpat-', 'xox', 'npm_', 'pypi-', 'hf_', 'k_live_', 'sk-ant-', 'sk-proj-'],
    pattern: new RegExp(
      `${START}(?:glpat-[A-Za-z0-9_-]{20}|xox[abeoprs]-[0-9]{8,}-[0-9A-Za-z-]{10}|npm_[A-Za-z0-9]{36}|pypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50}|hf_[A-Za-z]{34}|[rs]k_live_[0-9A-Za-z]{24}|sk-(?:ant|proj)-[A-Za-z0-9_-]{40})`,
      'g',
    ),
  },
  {
    kind: 'database-password',
    marks: ['://'],
    pattern:
      /(?:postgres(?:ql)?|mysql|mariadb|mssql|sqlserver|oracle|mongodb|rediss?|amqps?|snowflake|trino|presto)(?:\+[a-z0-9_]{1,20})?:\/\/[^\s:/@'"`<>]{0,100}:([^\s@/'"`<>]{1,200})@[A-Za-z0-9[]/gi,
  },
  {
    kind: 'database-password',
    marks: ['PWD=', 'Pwd=', 'pwd=', 'PASSWORD=', 'Password=', 'password='],
    pattern:
      /(?:server|data source|driver|dsn|host|uid|user id|user) ?= ?[^\n"'`]{1,200}?; ?(?:password|pwd)=([^;\s"'`]{1,100})/gi,
  },
  {
    kind: 'env-file',
    marks: ['='],
    pattern:
      /(?<=[\r\n])[ \t]{0,20}(?:export[ \t]{1,4})?(?:[A-Z][A-Z0-9_]{0,60}?)?(?:PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|ACCESS_KEY|PRIVATE_KEY)[A-Z0-9_]{0,30}[ \t]{0,20}=[ \t]{0,20}["']?([^\s"'#]{1,200})/gi,
  },
];

/** Bytes of one file, as they come. */
export class SecretLook {
  readonly #found = new Set<SecretKind>();
  /** What was seen last, and before it one character that says whether something begins there. */
  #before = '\n';

  /** `latin1`: a character for each byte, so that nothing in a file that is no text is lost. */
  push(latin1: string): void {
    // Of a text in UTF-16, every second byte.
    const text = this.#before + (latin1.includes('\0') ? latin1.replaceAll('\0', '') : latin1);
    this.#look(text, false);
    this.#before = text.slice(-OVERLAP - 1);
  }

  /** Of all that came, whatever it would be called. */
  kinds(): SecretKind[] {
    this.#look(this.#before, true);
    return SECRETS.filter((kind) => this.#found.has(kind));
  }

  #look(text: string, whole: boolean): void {
    for (const { kind, marks, pattern } of SHAPES)
      if (
        !this.#found.has(kind) &&
        marks.some((mark) => text.includes(mark)) &&
        isThere(pattern, text, whole)
      )
        this.#found.add(kind);
  }
}

/** What counts under this path: names and values, one a line, are secrets where a file is made for them. */
export function secretUnder(path: string, kinds: readonly SecretKind[]): SecretKind | undefined {
  return kinds.find((kind) => kind !== 'env-file' || isEnv(path));
}

/** `.env`, `.env.production`, `db.env`; a sample has nothing in it that anybody uses. */
function isEnv(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  const sample = /(?:^|[._-])(?:example|sample|template|dist|defaults?)(?:$|[._-])/;
  return /^\.env(?:[.-].*)?$|\.env$/.test(name) && !sample.test(name);
}

/** What touches the end may go on in what follows. */
function isThere(pattern: RegExp, text: string, whole: boolean): boolean {
  for (const match of text.matchAll(pattern)) {
    const [all, password] = match;
    const inside = match.index > 0 && (whole || match.index + all.length < text.length);
    if (inside && (password === undefined || !isMadeUp(password))) return true;
  }
  return false;
}

const WORDS =
  /^(?:pass(?:word|wd)?|pwd|secret|token|change_?me|example|test|testing|user(?:name)?|postgres|root|admin|guest|none|null|true|false|redacted|placeholder|dummy|foo|bar|todo)\d{0,3}$/i;

/** A word for a password, or a place where one is put in. */
function isMadeUp(password: string): boolean {
  return (
    WORDS.test(password) ||
    /^(?:your|my|some|the)[-_]/i.test(password) ||
    /^(.)\1*$/.test(password) ||
    /^[$%{<]|\$\{|\{\{|\.\.\.|\*\*/.test(password)
  );
}
