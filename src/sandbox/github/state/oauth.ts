/**
 * People letting an App act for them: authorisation, codes, user tokens (`ghu_`) and refresh tokens.
 *
 * A code lasts ten minutes and is used once; a token eight hours; a refresh token six months, and
 * using it ends it and its token. A token is worth what its person and its App both may
 * (docs.github.com, "Generating a user access token for a GitHub App").
 */
import { createHash, randomBytes } from 'node:crypto';
import { sameSecret, sha256 } from '../../../lib/hash.ts';
import type { App, OAuthCode, User } from './model.ts';
import { oauthFailure, type OAuthFailure } from './oauth-failures.ts';
import type { SandboxState } from './state.ts';

const CODE_MS = 600_000;
const TOKEN_S = 28_800;
const REFRESH_S = 15_897_600;
/** Of one person for one App; the oldest ends when there is one more. */
const MOST_TOKENS = 10;

/** What an App asks for by sending a browser to `/login/oauth/authorize`. */
export interface AuthorizeRequest {
  app: App;
  redirectUri: string;
  state: string | null;
  challenge: string | null;
  /** Account suggested by the App. */
  login: string | null;
  /** `prompt=select_account`. */
  asksAgain: boolean;
}

export interface UserTokens {
  access_token: string;
  expires_in: number;
  refresh_token: string;
  refresh_token_expires_in: number;
  scope: '';
  token_type: 'bearer';
}

type Fields = Readonly<Record<string, string | undefined>>;

export class OAuth {
  readonly #state: SandboxState;

  constructor(state: SandboxState) {
    this.#state = state;
  }

  /** Nobody is sent to an address that the App's owner did not register. */
  request(query: Fields): AuthorizeRequest | OAuthFailure {
    const app = this.#appOf(query['client_id']);
    if (!app) return oauthFailure('not_found');
    const redirectUri = query['redirect_uri'] ?? app.callbackUrls?.[0];
    if (redirectUri === undefined || !app.callbackUrls?.includes(redirectUri))
      return oauthFailure('redirect_uri_mismatch');
    const challenge = query['code_challenge'] ?? null;
    if (query['code_challenge_method'] !== undefined || challenge !== null) {
      const fits = /^[A-Za-z0-9_-]{43}$/.test(challenge ?? '') && query['code_challenge_method'] === 'S256';
      if (!fits) return oauthFailure('invalid_challenge');
    }
    return {
      app,
      redirectUri,
      state: query['state'] ?? null,
      challenge,
      login: query['login'] ?? null,
      asksAgain: query['prompt'] === 'select_account',
    };
  }

  /** Who agreed once is not asked again. */
  isGranted(user: User, app: App): boolean {
    return this.#state.data.grants.has(grantKey(user.id, app.id));
  }

  /** The person agrees: the address that the browser goes to, with a code. */
  agree(user: User, request: AuthorizeRequest): string {
    const code = randomBytes(10).toString('hex');
    this.#state.data.grants.set(grantKey(user.id, request.app.id), this.#state.clock.now());
    this.#state.data.codes.set(code, {
      user: user.id,
      app: request.app.id,
      redirectUri: request.redirectUri,
      challenge: request.challenge,
      expiresAt: this.#state.clock.now() + CODE_MS,
    });
    this.#state.touch();
    return returnAddress(request, { code });
  }

  deny(request: AuthorizeRequest): string {
    const failure = oauthFailure('access_denied');
    return returnAddress(request, { error: failure.error, error_description: failure.error_description });
  }

  /** `POST /login/oauth/access_token`. */
  exchange(fields: Fields): UserTokens | OAuthFailure {
    const app = this.#appOf(fields['client_id']);
    if (!app) return oauthFailure('not_found');
    if (!app.clientSecretHash || !sameSecret(sha256(fields['client_secret'] ?? ''), app.clientSecretHash))
      return oauthFailure('incorrect_client_credentials');
    const grantType = fields['grant_type'] ?? 'authorization_code';
    if (grantType === 'refresh_token') return this.#refresh(app, fields['refresh_token'] ?? '');
    if (grantType !== 'authorization_code') return oauthFailure('unsupported_grant_type');
    const code = this.#state.data.codes.get(fields['code'] ?? '');
    if (!code || code.app !== app.id || code.expiresAt <= this.#state.clock.now())
      return oauthFailure('bad_verification_code');
    if (fields['redirect_uri'] !== undefined && fields['redirect_uri'] !== code.redirectUri)
      return oauthFailure('redirect_uri_mismatch');
    // Once, whatever comes of it.
    this.#state.data.codes.delete(fields['code'] ?? '');
    this.#state.touch();
    if (!provesChallenge(code, fields['code_verifier'])) return oauthFailure('bad_verification_code');
    return this.#issue(app, code.user);
  }

  /** The App ends one token that it was given. */
  endToken(asked: {
    id: string;
    secret: string;
    client: string;
    token: unknown;
  }): 'ended' | 'not_found' | 'invalid' {
    const app = this.#appOf(asked.id);
    if (!app?.clientSecretHash || asked.client !== asked.id) return 'not_found';
    if (!sameSecret(sha256(asked.secret), app.clientSecretHash)) return 'not_found';
    if (typeof asked.token !== 'string') return 'invalid';
    const held = this.#state.data.tokens.get(asked.token);
    if (held?.kind !== 'user' || held.app !== app.id) return 'not_found';
    this.#state.data.tokens.delete(asked.token);
    this.#state.touch();
    return 'ended';
  }

  /** The person takes it back, in their settings: every token for this App ends, and the App is told. */
  revoke(user: User, app: App): void {
    const { data } = this.#state;
    data.grants.delete(grantKey(user.id, app.id));
    for (const [token, held] of data.tokens)
      if (held.kind === 'user' && held.user === user.id && held.app === app.id) data.tokens.delete(token);
    for (const [token, held] of data.refreshes)
      if (held.user === user.id && held.app === app.id) data.refreshes.delete(token);
    this.#state.touch();
    this.#state.hooks.tell(app, 'github_app_authorization', 'revoked', user);
  }

  #refresh(app: App, token: string): UserTokens | OAuthFailure {
    const held = this.#state.data.refreshes.get(token);
    if (!held || held.app !== app.id || held.expiresAt <= this.#state.clock.now())
      return oauthFailure('bad_refresh_token');
    this.#state.data.refreshes.delete(token);
    this.#state.data.tokens.delete(held.access);
    return this.#issue(app, held.user);
  }

  #issue(app: App, user: number): UserTokens {
    const { data, clock } = this.#state;
    const access = `ghu_${randomBytes(45).toString('base64url')}`;
    const refresh = `ghr_${randomBytes(57).toString('base64url')}`;
    data.tokens.set(access, {
      kind: 'user',
      user,
      app: app.id,
      installation: null,
      permissions: {},
      repositories: null,
      expiresAt: clock.now() + TOKEN_S * 1000,
    });
    data.refreshes.set(refresh, { user, app: app.id, access, expiresAt: clock.now() + REFRESH_S * 1000 });
    const all = [...data.tokens].filter(
      ([, held]) => held.kind === 'user' && held.user === user && held.app === app.id,
    );
    for (const [old] of all.slice(0, -MOST_TOKENS)) data.tokens.delete(old);
    this.#state.touch();
    return {
      access_token: access,
      expires_in: TOKEN_S,
      refresh_token: refresh,
      refresh_token_expires_in: REFRESH_S,
      scope: '',
      token_type: 'bearer',
    };
  }

  #appOf(clientId: string | undefined): App | undefined {
    return [...this.#state.data.apps.values()].find((app) => app.clientId === clientId);
  }
}

const grantKey = (user: number, app: number): string => `${user}/${app}`;

function provesChallenge(code: OAuthCode, verifier: string | undefined): boolean {
  if (code.challenge === null) return verifier === undefined;
  const proof = createHash('sha256')
    .update(verifier ?? '')
    .digest('base64url');
  return verifier !== undefined && sameSecret(proof, code.challenge);
}

function returnAddress(request: AuthorizeRequest, fields: Record<string, string>): string {
  const url = new URL(request.redirectUri);
  for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, value);
  if (request.state !== null) url.searchParams.set('state', request.state);
  return url.href;
}
