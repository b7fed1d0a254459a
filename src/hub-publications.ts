/** What the hub's pages ask of the publication room. Asking looks at the study on GitHub first, as a command does. */
import { studyNow, type Room } from './github/github.ts';
import type { Publications } from './members/members.ts';
import {
  publicationById,
  publicationsOf,
  requestPublication,
  withdrawPublication,
} from './publication/publication.ts';

export function publicationsFor(room: Room): Publications {
  const deps = room.publications;
  return {
    byId: (id) => publicationById(deps, id),
    ofWorkspace: async ({ backend, ...which }) =>
      (await publicationsOf(deps, which)).filter((each) => each.backend === backend),
    ask: async ({ repository, files, ...who }) =>
      requestPublication(deps, {
        ...who,
        of: { files },
        repository: await studyNow(room, repository),
      }),
    withdraw: (said) => withdrawPublication(deps, said),
  };
}
