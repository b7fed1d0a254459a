/** Who is calling: a person's token, an installation's token, or an App's JWT. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { decodeJwt, jwtVerify } from 'jose';
import { fail, type Failure } from '../state/failure.ts';
import type { Actor, App } from '../state/model.ts';
import type { SandboxState } from '../state/state.ts';

const LONGEST_S = 600;
const keys = new WeakMap<App, { pem: string; key: KeyObject }>();

/** A bad credential is 401 even where none is needed. */
export async function authenticate(
  state: SandboxState,
  header: string | undefined,
): Promise<Actor | Failure> {
  if (!header) return { kind: 'anonymous' };
  const credential = credentialIn(header);
  if (!credential) return fail(401, 'Bad credentials');
  if (/^gh[a-z]_/.test(credential) || credential.split('.').length !== 3)
    return state.apps.actorOf(credential);
  return appOf(state, credential);
}

/** Token of `Bearer x`, `token x`, or the password of `Basic`, where git sends it. */
export function credentialIn(header: string): string | undefined {
  const [scheme = '', value = ''] = header.split(/\s+/, 2);
  if (/^(bearer|token)$/i.test(scheme)) return value || undefined;
  if (!/^basic$/i.test(scheme)) return undefined;
  const decoded = Buffer.from(value, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  return decoded.slice(colon + 1) || decoded.slice(0, Math.max(colon, 0)) || undefined;
}

async function appOf(state: SandboxState, jwt: string): Promise<Actor | Failure> {
  const undecodable = fail(401, 'A JSON web token could not be decoded');
  const now = state.clock.now();
  try {
    const issuer = String(decodeJwt(jwt).iss ?? '');
    const app = [...state.data.apps.values()].find(
      (one) => String(one.id) === issuer || one.clientId === issuer,
    );
    if (!app) return fail(404, 'Integration not found');
    const { payload } = await jwtVerify(jwt, keyOf(app), {
      algorithms: ['RS256'],
      currentDate: new Date(now),
      requiredClaims: ['exp', 'iat'],
    });
    if ((payload.exp ?? 0) > now / 1000 + LONGEST_S) {
      return fail(401, "'Expiration time' claim ('exp') is too far in the future");
    }
    if ((payload.iat ?? 0) > now / 1000 + 1) {
      return fail(
        401,
        "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued.",
      );
    }
    return { kind: 'app', app };
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_JWT_EXPIRED') {
      return fail(
        401,
        "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires.",
      );
    }
    return undecodable;
  }
}

function keyOf(app: App): KeyObject {
  const known = keys.get(app);
  if (known?.pem === app.publicKey) return known.key;
  const key = createPublicKey(app.publicKey);
  keys.set(app, { pem: app.publicKey, key });
  return key;
}

/** The App behind a JWT. */
export function asApp(actor: Actor): App | Failure {
  return actor.kind === 'app' ? actor.app : fail(401, 'A JSON web token could not be decoded');
}
