/**
 * Why an extraction ended, as the exit codes that database images share (pipeline reference 4.5).
 *
 * The zone turns them into hints; 3 is tried again by itself. Outside the zone they are seen only where
 * governance lists the image as `exit_codes: trusted`.
 */
export const EXITS = {
  done: 0,
  arguments: 2,
  transient: 3,
  fault: 5,
  tooComplex: 6,
  unreadable: 10,
  notPermitted: 12,
} as const;
export type Exit = (typeof EXITS)[keyof typeof EXITS];

/** Ends the program with a sentence for the job's log. */
export class Ended extends Error {
  readonly exit: Exit;

  constructor(exit: Exit, says: string, options?: ErrorOptions) {
    super(says, options);
    this.name = 'Ended';
    this.exit = exit;
  }
}

export const nothingReturned = (): Ended =>
  new Ended(EXITS.unreadable, 'The SQL file returns no rows: end it with a select.');

export const severalResults = (): Ended =>
  new Ended(EXITS.unreadable, 'More than one statement of the SQL file returns rows: keep one select.');

/** SQLSTATE classes and codes, the most specific first. */
const BY_STATE: readonly [RegExp, Exit][] = [
  [/^42501$/, EXITS.notPermitted],
  [/^(57014|54)/, EXITS.tooComplex],
  // Connections lost or refused, too many of them, a server that starts, stops or resolves conflicts.
  [/^(08|40|53|57P0[1-5]|55P03|25P03)/, EXITS.transient],
  // Names and syntax: the file says something the database does not understand.
  [/^(42|22|2F|34|3F|0A|26|20|21)/, EXITS.unreadable],
];

const NETWORK = /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/;

export function exitFor(error: unknown): Exit {
  if (error instanceof Ended) return error.exit;
  const code = (error as { code?: unknown } | undefined)?.code;
  if (typeof code === 'string') {
    if (NETWORK.test(code)) return EXITS.transient;
    const found = BY_STATE.find(([pattern]) => pattern.test(code));
    if (found) return found[1];
  } else if (/Connection terminated|timeout expired/i.test((error as Error | undefined)?.message ?? '')) {
    return EXITS.transient;
  }
  return EXITS.fault;
}
