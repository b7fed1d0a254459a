/**
 * A version that somebody built on the hub's pages, as a pull request on the registry. The hub says who asked and
 * what for; whether that person may, and whether the bytes are a codelist, the steward looks at itself. Saved
 * again, it is a further commit on the same branch, and whoever had signed has to look again.
 */
import { stringify } from 'yaml';
import { isFault, isOwnLine, readHistory, readLine, readList } from '../../codelists/codelists.ts';
import { personById, type Governance } from '../../governance/governance.ts';
import { isoDay } from '../../lib/clock.ts';
import { isRefusal, type Refusal } from '../../lib/refusal.ts';
import type { PayloadOf } from '../../protocol/steward-tasks.ts';
import type { PullGitHub, SeenPull, SeenRepository } from '../pull-github.ts';
import { commitMessage, no, pullBody, pullTitle } from '../codelist-words.ts';
import { registryFor } from './codelist-tag.ts';
import type { TaskRule } from './tasks.ts';

type Payload = PayloadOf<'codelist-pull'>;

export const proposeCodelist: TaskRule<'codelist-pull'> = {
  async carryOut(parts, payload) {
    const found = await registryFor(parts, payload.repository);
    if (isRefusal(found)) return found;
    const { g, github, repository } = found;
    const against = whyNot(g, payload, isoDay(parts.clock.now())) ?? faultIn(payload);
    if (against) return against;
    const base = await github.head(repository, repository.default_branch);
    if (base === undefined) return no.outOfReach();
    const branch = `codelist/${payload.draft}`;
    const there = await github.pullOf(repository, branch);
    if (there && there.state !== 'open') return { state: 'ended', pull: there.number };
    if ((await github.blob(repository, `${payload.line}.csv`, base)) !== undefined)
      return no.exists(payload.line);
    const head = await bring(github, repository, payload, { branch, base });
    return opened(there ?? (await open(github, repository, payload, branch)), head);
  },
};

function whyNot(g: Governance, { askedBy, line: id, meta }: Payload, today: string): Refusal | undefined {
  const person = personById(g, askedBy.id);
  if (!person || person.until < today) return no.notAMember();
  const line = readLine(id);
  const owners = [...person.orgs, `user/${person.login.toLowerCase()}`];
  if (!line || !isOwnLine(line) || !owners.includes(line.owner) || meta.owner !== line.owner)
    return no.notTheirs();
  return undefined;
}

/** Nothing goes into the registry by this way that its check would refuse as a file. */
function faultIn({ csv, history }: Payload): Refusal | undefined {
  const [fault] = readList(Buffer.from(csv)).findings.filter(({ severity }) => severity === 'error');
  if (fault) return no.invalid(`${fault.message} (line ${fault.line})`);
  const read = readHistory(Buffer.from(history));
  return isFault(read) ? no.invalid(read.fault) : undefined;
}

/** The branch holds these bytes: made, moved on, or left where it is when it does so already. */
async function bring(
  github: PullGitHub,
  repository: SeenRepository,
  payload: Payload,
  { branch, base }: { branch: string; base: string },
): Promise<string> {
  const { line, meta, csv, history, round, askedBy } = payload;
  const list = line.slice(0, line.lastIndexOf('/'));
  const tip = await github.head(repository, branch);
  const parent = tip ?? base;
  const wanted = await github.putBlob(repository, csv);
  const same = tip !== undefined && (await github.blob(repository, `${line}.csv`, tip)) === wanted;
  if (same) return tip;
  const isNew = (await github.blob(repository, `${list}/meta.yml`, parent)) === undefined;
  const commit = await github.commit(repository, parent, commitMessage(line, round, askedBy.id), [
    [`${line}.csv`, csv],
    [`${line}.history.json`, `${history}\n`],
    ...(isNew ? [[`${list}/meta.yml`, stringify(meta)] as const] : []),
  ]);
  if (tip === undefined) await github.createRef(repository, `refs/heads/${branch}`, commit);
  else await github.move(repository, branch, commit);
  return commit;
}

function open(
  github: PullGitHub,
  repository: SeenRepository,
  { line, csv, askedBy: by, why }: Payload,
  branch: string,
): Promise<SeenPull> {
  const codes = csv.split('\n').length - 2;
  return github.openPull(repository, {
    branch,
    title: pullTitle(line),
    body: pullBody({ line, codes, by, why }),
  });
}

const opened = ({ number, html_url }: SeenPull, head: string) =>
  ({ state: 'open', pull: number, url: html_url, head }) as const;
