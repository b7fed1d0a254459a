/** The pages' part of registering and installing Apps: only owners of the organisation may. */
import { isFailure, type Failure, type SandboxState } from '../github/github.ts';
import type { PagesBackend } from './backend.ts';

type RegistrationPart = Pick<PagesBackend, 'manifest' | 'registerApp' | 'installApp'>;

const saying = ({ message, errors = [] }: Failure): string => [message, ...errors].join('. ');

export function registrationOf(state: SandboxState): RegistrationPart {
  return {
    manifest(org, text) {
      if (!state.people.org(org)) return 'There is no such organisation.';
      const read = state.manifests.read(text);
      if (isFailure(read)) return saying(read);
      return { name: read.name ?? '', redirectUrl: read.redirect_url ?? '' };
    },
    registerApp(login, name, given) {
      const [org, user] = [state.people.org(name), state.people.user(login)];
      const read = state.manifests.read(given.manifest);
      if (isFailure(read)) return { refused: saying(read) };
      if (!org || !user) return { refused: 'There is no such page, or you may not see it.' };
      const done = state.manifests.register(org, user, read, { name: given.name, state: given.state });
      return isFailure(done) ? { refused: saying(done) } : { to: done };
    },
    installApp(login, slug, account) {
      const [app, org, user] = [state.apps.named(slug), state.people.org(account), state.people.user(login)];
      if (!app || !org || !user || org.members.get(user.id) !== 'admin')
        return 'You may not install it there.';
      // Like GitHub's: private Apps stay with their owner.
      if (app.owner !== org.id) return 'This App is private: it can be installed on its owner alone.';
      if (!state.apps.find(app, org.id)) state.apps.install(app, org.id, { by: user });
      return undefined;
    },
  };
}
