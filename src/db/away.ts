/**
 * Whether something failed because the database could not be reached, rather than because of what was asked of it.
 *
 * A connection that was refused, cut, or never answered; a server that starts, stops or takes no more connections.
 * Then asking again helps, as soon as it is back.
 */

/** Of the operating system, on the way to the server. */
const NETWORK =
  /^(ECONNREFUSED|ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/;
/** PostgreSQL's: connection exceptions, too many connections, shutdown and start, a transaction that stood still. */
const SERVER = /^(08...|53300|57P0[1235]|25P03)$/;
/** The driver's own, which have no code. */
const DRIVER =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client .* is not queryable)/;

export function isDatabaseAway(error: unknown): boolean {
  for (let at: unknown = error; typeof at === 'object' && at !== null; at = (at as Error).cause) {
    const { code, message } = at as { code?: unknown; message?: unknown };
    if (typeof code === 'string' && (NETWORK.test(code) || SERVER.test(code))) return true;
    if (typeof message === 'string' && DRIVER.test(message)) return true;
  }
  return false;
}
