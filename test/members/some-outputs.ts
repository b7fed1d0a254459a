/** Released files and waiting viewers, as a test says them. */
import { minutes } from '../../src/lib/clock.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { randomIds } from '../../src/lib/ids.ts';
import { refusal } from '../../src/lib/refusal.ts';
import type { Outputs, Publications } from '../../src/members/members.ts';
import type { ReleasedFileView, ReleaseView, StepView } from '../../src/outputs/outputs.ts';
import {
  publicationById,
  publicationsOf,
  requestPublication,
  withdrawPublication,
  type PublicationDeps,
  type ReleaseFacts,
  type Releases,
} from '../../src/publication/publication.ts';
import type { DecisionDays } from '../../src/release/release.ts';
import { AT, PEOPLE, PROJECT } from '../support/governance.ts';

/** What was released and who waits, by hand; the same shape as the room of outputs gives. */
export function someOutputs() {
  const releases = new Map<string, ReleaseView>();
  const bytes = new Map<string, Buffer>();
  const steps: StepView[] = [];
  const downloads: { release: string; number: number; person: number }[] = [];
  const waiting = new Map<string, { backend: string; startedAt: number }>();
  const codes: { person: number; number: string }[] = [];
  const figures: DecisionDays = { decided: 0, median: null, p90: null };
  const face: Outputs = {
    decisionFigures: async () => figures,
    stepsOf: async () => steps,
    releasesOfRequest: async (_db, request) =>
      [...releases.values()].filter((one) => one.request === request),
    releasesOfProject: async (_db, project) =>
      [...releases.values()].filter((one) => one.project === project),
    releasedFile: async (_db, id, number) => {
      const release = releases.get(id);
      const file = release?.files.find((one) => one.number === number);
      const held = bytes.get(`${id}/${number}`);
      if (!release || !file) return refusal('output.unknown', 'No such file.');
      if (release.releasedAt === null) return refusal('output.not-released', 'Not yet.');
      if (file.recalled || !held) return refusal('output.recalled', 'It was recalled.');
      return { ...file, release: id, project: release.project, workspace: release.workspace, bytes: held };
    },
    noteDownload: async (_deps, download) => void downloads.push(download),
    signInPending: async (_deps, { number }) => {
      const found = waiting.get(number);
      if (!found) return refusal('sign-in.unknown-number', 'Nobody waits with this number.');
      const { backend, startedAt } = found;
      return {
        number,
        backend,
        backendName: 'Pupil attainment warehouse',
        startedAt,
        expiresAt: startedAt + minutes(10),
      };
    },
    giveCode: async (deps, asked) => {
      codes.push(asked);
      return { code: 'amber castle river', expiresAt: deps.clock.now() + minutes(10) };
    },
  };
  /** As the hub's composition puts it together, with the study as the test says it is. */
  const study = { private: false };
  const facts: Releases = {
    byId: async (_db, id) => {
      const found = releases.get(id);
      return found && factsOf(found);
    },
    ofRequest: async (_db, request) =>
      [...releases.values()].filter((one) => one.request === request).map(({ id }) => id),
    recalled: async (_db, ids) =>
      ids.flatMap((release) =>
        (releases.get(release)?.files ?? [])
          .filter(({ recalled }) => recalled)
          .map(({ number }) => ({ release, number })),
      ),
    bytes: async (_db, release, number) => bytes.get(`${release}/${number}`),
  };
  const publications = (room: PublicationDeps): Publications => ({
    byId: (id) => publicationById(room, id),
    ofWorkspace: async ({ backend, ...which }) =>
      (await publicationsOf(room, which)).filter((each) => each.backend === backend),
    ask: ({ repository, files, ...who }) =>
      requestPublication(room, {
        ...who,
        of: { files },
        repository: { id: repository, owner: 'northshire-research', name: 'study', ...study },
      }),
    withdraw: (said) => withdrawPublication(room, said),
  });
  return {
    face,
    facts,
    study,
    publications,
    figures,
    releases,
    bytes,
    steps,
    downloads,
    waiting,
    codes,
    /** A complete release of the example's project with these files. */
    release(files: Record<string, string | Buffer>, changes: Partial<ReleaseView> = {}): ReleaseView {
      const request = randomIds.id();
      const id = `${request}-1`;
      const made: ReleaseView = {
        id,
        request,
        batch: 1,
        backend: 'attainment',
        airlock: 'attainment',
        workspace: 'study-main',
        project: PROJECT,
        repository: 70011,
        author: PEOPLE.lead,
        declaredAt: AT,
        releasedAt: AT,
        files: Object.entries(files).map(([path, content], n) => aFile(path, content, n + 1)),
        ...changes,
      };
      Object.values(files).forEach((content, n) => bytes.set(`${id}/${n + 1}`, Buffer.from(content)));
      releases.set(id, made);
      return made;
    },
    recall(release: ReleaseView, number: number): void {
      const file = release.files.find((one) => one.number === number);
      if (file) file.recalled = { at: AT + minutes(5), category: 'disclosure' };
      bytes.delete(`${release.id}/${number}`);
      steps.push({
        seq: 9,
        at: AT + minutes(5),
        what: 'recalled',
        by: null,
        state: 'released',
        batch: 1,
        file: number,
      });
    },
  };
}

function factsOf(release: ReleaseView): ReleaseFacts {
  const { id, request, batch, workspace, project, backend, repository, author } = release;
  const checkers = [PEOPLE.checker, PEOPLE.governor];
  return {
    ...{ id, request, batch, workspace, project, backend, repository, author },
    reviewers: checkers,
    files: release.files.map(({ number, path, size, sha256: hash, recalled }) => ({
      ...{ number, path, size, sha256: hash, checkers },
      recalled: recalled !== null,
    })),
    statements: [],
  };
}

function aFile(path: string, content: string | Buffer, number: number): ReleasedFileView {
  const approvals = [PEOPLE.checker, PEOPLE.governor].map((checker) => ({
    checker,
    key: sha256(`${checker}`),
  }));
  return {
    number,
    path,
    size: Buffer.byteLength(content),
    sha256: sha256(Buffer.from(content)),
    approvals,
    heldAt: AT,
    recalled: null,
  };
}
