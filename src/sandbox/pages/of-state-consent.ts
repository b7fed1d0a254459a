/** The pages' part of OAuth: what an App asks for, and where the browser goes with the answer. */
import { isOAuthFailure, type AuthorizeRequest, type SandboxState, type User } from '../github/github.ts';
import type { PagesBackend } from './backend.ts';

type ConsentPart = Pick<PagesBackend, 'consent' | 'hasAgreed' | 'agree' | 'deny'>;

export function consentOf(state: SandboxState): ConsentPart {
  const asked = (query: string): ReturnType<SandboxState['oauth']['request']> =>
    state.oauth.request(Object.fromEntries(new URLSearchParams(query)));
  const sound = (query: string): AuthorizeRequest => {
    const request = asked(query);
    if (isOAuthFailure(request)) throw new Error(request.error_description);
    return request;
  };
  const userNamed = (login: string): User => {
    const user = state.people.user(login);
    if (!user) throw new Error(`nobody is called ${login} here`);
    return user;
  };
  return {
    consent(query) {
      const request = asked(query);
      if (isOAuthFailure(request)) return request.error_description;
      const { redirectUri, login, asksAgain } = request;
      return { app: request.app.name, redirectUri, login, asksAgain };
    },
    hasAgreed: (login, query) => state.oauth.isGranted(userNamed(login), sound(query).app),
    agree: (login, query) => state.oauth.agree(userNamed(login), sound(query)),
    deny: (query) => state.oauth.deny(sound(query)),
  };
}
