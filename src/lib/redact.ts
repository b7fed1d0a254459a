/**
 * Takes secrets out of what is logged: by the name of the field that holds them, by the shape of the text, and by
 * the text itself where it is known. Three nets, because a log line is read by more people than a key file.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { types } from 'node:util';

export const CENSORED = '[redacted]';

/** A field with such a name holds a secret whatever is in it; `_`, `-` and capitals make no difference. */
const SECRET_NAMES = new Set(
  [
    'token tokens accesstoken refreshtoken apitoken idtoken secret secrets clientsecret webhooksecret webhooksecrets',
    'password passwd pwd passphrase authorization proxyauthorization cookie cookies setcookie privatekey key keys pem',
    'jwt jws credential credentials databaseurl connectionstring licence license statalicence statalicense',
    'xhubsignature xhubsignature256 headers rawheaders body session code_verifier',
  ]
    .join(' ')
    .split(' ')
    .map(bare),
);
/** Public although their name sounds otherwise. */
const PUBLIC_NAMES = new Set(['keyid', 'keyfile']);

function bare(name: string): string {
  return name.replace(/[^A-Za-z0-9]/g, '').toLowerCase();
}

export const isSecretName = (name: string): boolean =>
  SECRET_NAMES.has(bare(name)) && !PUBLIC_NAMES.has(bare(name));

/**
 * Within a line of JSON: none of these reaches over a closing quote. `\\n` stands for a line break in a string.
 * Order matters where one shape may hold another: keys and addresses first.
 */
const SHAPES: readonly [RegExp, string][] = [
  // A private key, whole, or cut off before its end.
  [
    /-----BEGIN(?:[A-Z0-9 +]|%20){0,60}PRIVATE(?: |%20|\+)KEY-----[^"]*?(?:-----END(?:[A-Z0-9 +]|%20){0,60}KEY-----|(?="|$))/g,
    CENSORED,
  ],
  // user:password@ in an address, and a token alone before the @.
  [/([a-z][a-z0-9+.-]{1,20}:\/\/)[^\s"/@\\]{1,2000}@/gi, `$1${CENSORED}@`],
  [/\b(?:gh[a-z]_[A-Za-z0-9_]{16,}|github_pat_[A-Za-z0-9_]{16,})/g, CENSORED],
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?/g, CENSORED],
  [/\b(Bearer|Basic|Token)(\s+|%20)[A-Za-z0-9+/=._~-]{8,}/gi, `$1 ${CENSORED}`],
  [/\b(sha(?:1|256)=)[0-9a-f]{40,64}\b/gi, `$1${CENSORED}`],
  [
    /\b((?:[a-z]+[_-])?(?:token|secret|password|passwd|pwd|passphrase|licen[cs]e|api_?key|signature|code_verifier))(\s{0,3}[=:]\s{0,3})(?!\[redacted\])[^\s"&\\,;)]{4,}/gi,
    `$1$2${CENSORED}`,
  ],
  [/\b(AKIA|ASIA)[A-Z0-9]{16}\b/g, CENSORED],
];

/** Characters that a terminal or a viewer takes for commands or line ends and that JSON lets through. */
const UNSEEN = /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

const known = new Set<string>();
let knownPattern: RegExp | undefined;
const SHORTEST_SECRET = 8;
/** Of a secret of several lines each line counts: what is logged may be any of them. */
export function hideInLogs(secret: string | undefined): void {
  for (const line of (secret ?? '').split(/\r?\n/).map((each) => each.trim())) {
    if (line.length < SHORTEST_SECRET || known.has(line) || /^-----/.test(line)) continue;
    known.add(line);
    knownPattern = undefined;
  }
}

const MOST_CREDENTIALS = 100;
const LARGEST_CREDENTIAL = 64 * 1024;
const SECRET_VARIABLES =
  /TOKEN|SECRET|PASSWORD|LICEN[CS]E|DATABASE_URL|PRIVATE_KEY|CREDENTIAL(?!S_DIRECTORY)/i;

/** What systemd hands over as credentials, and what the environment holds under a name of a secret. */
export function hideCredentials(env: Readonly<Record<string, string | undefined>> = process.env): void {
  for (const [name, value] of Object.entries(env)) if (SECRET_VARIABLES.test(name)) hideInLogs(value);
  const folder = env['CREDENTIALS_DIRECTORY'];
  if (!folder) return;
  let names: string[];
  try {
    names = readdirSync(folder).slice(0, MOST_CREDENTIALS);
  } catch {
    return;
  }
  for (const name of names) {
    const place = path.join(folder, name);
    try {
      if (statSync(place).size <= LARGEST_CREDENTIAL) hideInLogs(readFileSync(place, 'utf8'));
    } catch {
      // What cannot be read cannot be logged either.
    }
  }
}

/** One line as it may be written: still the same JSON, without secrets and without characters that nobody sees. */
export function scrubLine(line: string): string {
  let text = line;
  if (known.size > 0) {
    knownPattern ??= new RegExp(
      // The longest first: of one that begins another nothing stays behind.
      [...known]
        .sort((a, b) => b.length - a.length)
        .map((each) => quoted(JSON.stringify(each).slice(1, -1)))
        .join('|'),
      'g',
    );
    text = text.replace(knownPattern, CENSORED);
  }
  for (const [shape, instead] of SHAPES) text = text.replace(shape, instead);
  return text.replace(UNSEEN, escaped);
}

const quoted = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

const DEEPEST = 6;
const WIDEST = 100;
const LONGEST = 8192;
/** Of errors: whole requests and answers hang there, with their headers. */
const DROPPED_OF_ERRORS = new Set([
  'request',
  'response',
  'config',
  'socket',
  'data',
  'stack',
  'message',
  'cause',
  'name',
]);

/** A value as it may be logged: fields of secrets covered, errors told by type, message, code and causes. */
export function safeValue(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return cut(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'function' || typeof value === 'symbol') return undefined;
  if (typeof value !== 'object' || value === null) return value;
  if (isError(value)) return safeError(value, depth);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof URL) return cut(value.href);
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (depth >= DEEPEST) return '[deeper]';
  if (Array.isArray(value)) return value.slice(0, WIDEST).map((each) => safeValue(each, depth + 1));
  if (value instanceof Map || value instanceof Set) return `[${value.constructor.name} of ${value.size}]`;
  return fieldsOf(value, depth);
}

function fieldsOf(value: object, depth: number, without?: ReadonlySet<string>): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const name of Object.keys(value).slice(0, WIDEST)) {
    if (without?.has(name)) continue;
    if (isSecretName(name)) {
      shown[name] = CENSORED;
      continue;
    }
    let held: unknown;
    try {
      held = (value as Record<string, unknown>)[name];
    } catch {
      continue;
    }
    shown[name] = safeValue(held, depth + 1);
  }
  return shown;
}

/** The causes stand in it, each once, at most as deep as objects go. */
export function safeError(error: Error, depth = 0): Record<string, unknown> {
  const { cause } = error;
  const { status, code } = error as { status?: unknown; code?: unknown };
  return {
    type: error.constructor.name || error.name,
    message: cut(error.message),
    stack: cut(error.stack ?? ''),
    ...fieldsOf(error, depth + 1, DROPPED_OF_ERRORS),
    ...(status === undefined ? {} : { status: safeValue(status, DEEPEST) }),
    ...(code === undefined ? {} : { code: safeValue(code, DEEPEST) }),
    ...(cause === undefined || depth >= DEEPEST
      ? {}
      : { cause: isError(cause) ? safeError(cause, depth + 1) : safeValue(cause, depth + 1) }),
  };
}

/** Also one of another realm, as what Node itself throws is in a sandbox. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value);
}

function cut(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}… (${text.length} characters)`;
}
