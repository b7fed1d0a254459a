/** What the demo says once the story is told: every address, who to be, what to type. */
import { GOVERNANCE_REPO, ORG, REAL_BACKEND, STUDY_REPO } from './governance-files.ts';
import { PEOPLE, STRANGER } from './people.ts';
import type { Screen } from './screen.ts';
import type { Issue } from './stage.ts';
import type { Released } from './release-story.ts';
import type { Told } from './story.ts';
import type { World } from './world.ts';

export function sayWhatIsThere(
  screen: Screen,
  world: World,
  { told, released, issue }: { told: Told; released: Released; issue: Issue },
): void {
  const { github, hub, proxy } = world.addresses;
  const study = `${github}/${ORG.login}/${STUDY_REPO.name}`;
  screen.chapter('It stays up. Look around:');
  screen.look('GitHub’s stand-in', github);
  screen.look('the study', study);
  screen.look('the conversation', issue.url);
  screen.look('the last commit', `${study}/commit/${told.repaired}`);
  screen.look('the red commit', `${study}/commit/${told.broken}`);
  screen.look('the release issue', released.releaseIssue);
  screen.look('the review issue', released.reviewIssue);
  screen.look('the viewer, in the zone', world.viewer);
  screen.look('the hub, for members', `${hub}/releases`);
  screen.look('what is published', `${study}/releases`);
  screen.look('governance', `${github}/${ORG.login}/${GOVERNANCE_REPO.name}`);
  screen.look('the hub’s pages', hub);
  screen.look('the hub’s health', `${hub}/healthz`);
  screen.look('the proxy', `${proxy}/robots.txt`);
  screen.look('outputs, in the zone', `${world.zoneState}/workspaces`);
  screen.look('logs of the processes', `${world.root}/logs`);

  screen.chapter('Be somebody (top right on every page)');
  for (const one of [...PEOPLE, STRANGER]) screen.look(one.login, one.is);

  screen.chapter('And try');
  screen.say(`as wren, in the conversation:   /plan run_all        /status        /help`);
  screen.say(`                                 /run describe model --backend ${REAL_BACKEND}`);
  screen.say(
    `                                 /run bootstrap --backend ${REAL_BACKEND}   and then   /cancel`,
  );
  screen.say('                                 /run bootstrp        (a slip is answered)');
  screen.say('as sasha or val, the same:       refused, each for another reason');
  screen.say('on a completed run that failed:  the button "Re-run failed"; on sallyport/project: "Run all"');
  screen.say('in the viewer:                   sign in: a number there, three words from the hub');
  screen.say(
    '                                 pick outputs, explain them, submit; be ines or omar and review',
  );
  screen.say('as sasha, on the release issue:  change its text, its label, close it: it is put back');
  screen.say(`push as wren:                   git clone ${cloneUrl(world)}`);
  screen.say('                                 query suspensions in analysis/extract.sql: nobody granted it');
  screen.say('');
  screen.say('Ctrl-C stops everything and leaves nothing behind.');
}

function cloneUrl(world: World): string {
  const url = new URL(`${world.addresses.github}/${ORG.login}/${STUDY_REPO.name}.git`);
  url.username = 'wren';
  url.password = world.token('wren');
  return url.href;
}
