/**
 * When repositories and teams of projects, and issue forms, are looked after: what a merge changed within a minute, all of it every
 * hour, and what GitHub failed to do after some minutes. After each part the hub is told.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Governance } from '../governance/governance.ts';
import { hours, minutes } from '../lib/clock.ts';
import { canonicalJson } from '../lib/canonical.ts';
import type { RoundScope } from '../protocol/steward-rounds.ts';
import type { KeepParts, Looked } from './drift-look.ts';
import { keepForms } from './form-keeper.ts';
import { FORM_PLACES, wantedForms } from './form-plan.ts';
import type { StewardHub } from './hub.ts';
import { keepGlobalTeams, keepProject, lookAtGovernance, type LookedProject } from './project-keeper.ts';
import { projectPlan } from './project-plan.ts';
import { keptWithReviews } from './review-plan.ts';
import { RoundReports } from './round-reports.ts';

const LOOK_MS = minutes(1);
const WHOLE_MS = hours(1);
const AGAIN_MS = minutes(5);
/** GitHub lets an App ask 5,000 times an hour, and a project takes eight: those in which nothing changed wait their turn. */
const MOST_UNCHANGED = 10;

export interface ProjectRoundParts extends KeepParts {
  hub: Pick<StewardHub, 'round'>;
  /** Merged, valid and newest, read by the steward itself; undefined when that was not possible. */
  governance(): Promise<Governance | undefined>;
  /** Its own number: looked at, never written to. */
  governanceRepository: number;
}

interface Part {
  scope: RoundScope;
  /** Nothing is to be made there: it may wait for others. */
  patient: boolean;
  /** What is wanted: another, and it is looked at at once. */
  wanted: string;
  look(): Promise<Looked | LookedProject>;
}

export class ProjectRounds {
  readonly #parts: ProjectRoundParts;
  readonly #reports: RoundReports;
  readonly #due = new Map<RoundScope, { wanted: string; at: number }>();

  constructor(parts: ProjectRoundParts) {
    this.#parts = parts;
    this.#reports = new RoundReports(parts);
  }

  /** What was looked at; undefined when it is not known what governance wants. */
  async look(signal?: AbortSignal): Promise<Looked[] | undefined> {
    const g = await this.#parts.governance();
    if (!g) return undefined;
    const done: Looked[] = [];
    this.#reports.begin();
    let unchanged = 0;
    for (const part of this.#all(g)) {
      if (signal?.aborted) break;
      const due = this.#due.get(part.scope);
      if (due?.wanted === part.wanted && this.#parts.clock.now() < due.at) continue;
      const mayWait = part.patient && (due === undefined || due.wanted === part.wanted);
      if (mayWait && (unchanged += 1) > MOST_UNCHANGED) continue;
      const looked = await this.#one(part);
      if (!looked) continue;
      done.push(looked);
      await this.#reports.tell(g, looked);
    }
    await this.#reports.tellRest(g);
    return done;
  }

  /** A bug about one of them must not keep the steward from the others. */
  async #one({ scope, wanted, look }: Part): Promise<Looked | undefined> {
    const { clock, logger } = this.#parts;
    let rest = AGAIN_MS;
    try {
      const looked = await look();
      if (!looked.passing) rest = WHOLE_MS;
      return looked;
    } catch (error) {
      logger.error({ err: error, code: 'steward.projects', scope }, 'This part is looked after again');
      return undefined;
    } finally {
      this.#due.set(scope, { wanted, at: clock.now() + rest });
    }
  }

  #all(g: Governance): Part[] {
    const plan = projectPlan(g, this.#parts.clock.now());
    const template = g.deployment.github.repos['template'];
    const own = [this.#parts.governanceRepository, ...(template === undefined ? [] : [template])];
    const policy = g.policies.drift;
    return [
      // Those whose repository is still to be made come first.
      ...plan.projects
        .toSorted((a, b) => Number(a.repositories.length > 0) - Number(b.repositories.length > 0))
        .map((project): Part => {
          const look = () => keepProject(this.#parts, g, project);
          const patient = project.repositories.length > 0;
          return {
            ...{ scope: `project:${project.id}`, patient, look },
            wanted: canonicalJson({ project, template }),
          };
        }),
      {
        scope: 'teams',
        patient: false,
        wanted: canonicalJson({ teams: g.teams, policy }),
        look: async () => {
          const looked = await keepGlobalTeams(this.#parts, g, keptWithReviews(g));
          for (const refusal of plan.refused) looked.refused.push({ refusal, about: {} });
          return looked;
        },
      },
      {
        scope: 'governance',
        patient: false,
        wanted: canonicalJson({ own }),
        look: () => lookAtGovernance(this.#parts, g, own),
      },
      // Of a place that is not named any more it is told that nothing differs.
      ...FORM_PLACES.map((place): Part => {
        const id = g.deployment.github.repos[place];
        const forms = id === undefined ? [] : [...wantedForms(g, place)];
        return {
          scope: place,
          patient: false,
          wanted: canonicalJson({ id, forms, policy }),
          look: () => keepForms(this.#parts, g, place),
        };
      }),
    ];
  }
}

export async function runProjects(
  parts: ProjectRoundParts,
  { signal, pauseMs = LOOK_MS }: { signal: AbortSignal; pauseMs?: number },
): Promise<void> {
  const rounds = new ProjectRounds(parts);
  while (!signal.aborted) {
    try {
      await rounds.look(signal);
    } catch (error) {
      parts.logger.error({ err: error, code: 'steward.projects' }, 'Projects are looked after again');
    }
    await delay(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}
