/** What can be wrong in the OAuth flow, in GitHub's words. */
const SAYS = {
  not_found: 'There is no App with this client id.',
  redirect_uri_mismatch: 'The redirect_uri MUST match the registered callback URL for this application.',
  invalid_challenge: 'code_challenge must be 43 characters, and code_challenge_method must be S256.',
  access_denied: 'The user has denied your application access.',
  incorrect_client_credentials: 'The client_id and/or client_secret passed are incorrect.',
  bad_verification_code: 'The code passed is incorrect or expired.',
  bad_refresh_token: 'The refresh token passed is incorrect or expired.',
  unsupported_grant_type: 'The grant type is not supported.',
} as const;

export interface OAuthFailure {
  error: keyof typeof SAYS;
  error_description: string;
  error_uri: string;
}

export function oauthFailure(error: keyof typeof SAYS): OAuthFailure {
  return {
    error,
    error_description: SAYS[error],
    error_uri: `https://docs.github.com/apps/oauth-apps/maintaining-oauth-apps#${error.replaceAll('_', '-')}`,
  };
}

export function isOAuthFailure(value: object): value is OAuthFailure {
  return 'error_description' in value;
}
