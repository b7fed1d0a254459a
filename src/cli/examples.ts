/** Examples for the help of each command, and for docs/cli.md. `run` has its own beside what else it explains. */
import type { Command } from 'commander';
import { shownCommands } from './commands.ts';

type Example = [line: string, says: string];

export const EXAMPLES: Readonly<Record<string, readonly Example[]>> = {
  init: [
    ['init my-study', 'in a new folder'],
    ['init --language r --example', 'a larger beginning in this folder, in R'],
    ['init my-study --deployment https://hub.example.org --git', 'with its images, and a first commit'],
    ['init --force README.md', 'that file anew, and whatever is missing'],
  ],
  check: [
    ['check', 'the study in this folder'],
    ['check study other/project.yaml', 'a folder and a file'],
    ['check --github', 'in a workflow: annotations on the lines'],
    ['check --sarif', 'for code scanning'],
  ],
  plan: [
    ['plan run_all', 'everything, and why'],
    ['plan report --refresh', 'report and what it needs, as far as it is out of date'],
  ],
  explain: [
    ['explain report', 'one action'],
    ['explain', 'the whole project in the plain form'],
  ],
  dag: [
    ['dag', 'what can run when'],
    ['dag report --format svg', 'a picture of report and what it needs'],
    ['dag --format mermaid', 'for a README on GitHub'],
  ],
  'codelists add': [['codelists add organisation/codelist/2026-01', 'one more, in its published version']],
  'codelists update': [['codelists update', 'those of the study in this folder']],
  'codelists check': [['codelists check', 'files, hashes, and the registry']],
  'codelists check-upstream': [['codelists check-upstream', 'the registry alone']],
  'dummy-data': [
    ['dummy-data --from https://hub.example.org', 'fetch the tables once, and make 1000 rows'],
    ['dummy-data pupils --rows 50000 --seed 7', 'one table, exactly so many rows'],
    ['dummy-data --format csv.gz --output dummy', 'all of them, compressed, elsewhere'],
    ['dummy-data --action extract', 'run its query on 1000 rows, and write its dummy_data_file'],
    ['dummy-data --list', 'which tables and columns there are'],
  ],
  'images list': [
    ['images', 'those of the study in this folder'],
    ['images list --offline --json', 'for a program, without asking a registry'],
  ],
  'images build': [
    ['images build python r', 'two of them, into the folder images'],
    ['images build ./our-python --relock', "a recipe of one's own, with today's packages"],
  ],
  'images push': [['images push python r --to registry.example.org/our-images', 'and print their lines']],
  'images verify': [
    ['images verify images/python-v1 --recipe python', 'what was built'],
    ['images verify registry.example.org/our-images/python@sha256:…', 'what a registry has'],
  ],
  'images pull': [
    ['images pull', 'what the study in this folder runs, and newer ones of what is here'],
    ['images pull python:v2 r:v2', 'two of them'],
  ],
  'images update': [['images update', 'newer ones of what is here']],
  pull: [
    ['pull --project', 'what the study in this folder runs'],
    ['pull python', 'one image, in its usual version'],
    ['pull all --force', 'all of them'],
  ],
  exec: [
    ['exec python:v2 python analysis/model.py', 'a program of the study'],
    ['exec r:v2', "the image's own program, on this terminal"],
    ['exec -v ./maps:/maps:ro -e YEAR=2026 python:v2 bash', 'with a further folder and a variable'],
  ],
  clean: [
    ['clean', 'what was left of the study in this folder'],
    ['clean --images --dry-run', 'what could be removed, superseded images too'],
  ],
  unzip: [
    ['unzip output', 'every .gz file below output'],
    ['unzip output/rows.csv.gz --verbose', 'one file'],
  ],
  info: [
    ['info', 'for people'],
    ['info --json', 'for a report of a bug'],
  ],
  setup: [
    ['setup hub', 'on the public host, question by question'],
    ['setup hub --config answers.yml --yes', 'the same for a program'],
    [
      "setup hub --app-code 'http://127.0.0.1:8177/registered?code=…'",
      'where the browser ended, on a host without one',
    ],
    ['setup zone --dry-run', 'what would be written next to the data'],
  ],
  doctor: [
    ['doctor', 'this machine, for the study in this folder'],
    ['doctor --project-dir study --json', 'another folder, for programs'],
    ['doctor hub', 'the public host, by /etc/sallyport/hub.yml'],
    ['doctor agent --config zone.yml', 'the host next to the data: what must answer, and what must not'],
  ],
  upgrade: [
    ['upgrade', 'the newest'],
    ['upgrade 1.4.0 --dry-run', 'what would be done for this one'],
  ],
  launch: [
    ['launch rstudio', 'on the study in this folder; Ctrl-C ends it'],
    ['launch jupyter:v2 -b -n', 'in the background, and only its address'],
  ],
  'launch list': [['launch list', 'of all studies']],
  'launch stop': [['launch stop jupyter', 'of the study in this folder']],
  'github run': [
    ['github run model --backend north', 'model, of the commit that is checked out'],
    ['github run run_all --watch', 'everything, until it has ended'],
  ],
  'github status': [
    ['github status', 'of the commit that is checked out'],
    ['github status main --watch', 'of a branch, until every check has ended'],
  ],
  demo: [
    ['demo', 'the story, and then the pages to look at'],
    ['demo --once', 'the story alone'],
  ],
  disclose: [
    ['disclose output/table.csv', 'one file'],
    ['disclose --group output --threshold 7', 'a folder, as one request'],
  ],
  hub: [['hub --config hub.yml', 'start it']],
  'hub reconcile': [
    ["hub reconcile --why 'comments were deleted'", 'after somebody deleted checks or comments by hand'],
  ],
  'hub backends': [['hub backends', 'all of them']],
  'hub drain': [["hub drain --why 'an upgrade'", 'before an upgrade: the hubs beside it go on']],
  'hub pause': [["hub pause north --why 'disks are exchanged'", 'nothing more starts there']],
  'hub unpause': [["hub unpause north --why 'they are in'", 'afterwards']],
  'hub backup': [["hub backup --to backups/2026-11-21 --why 'every night'", 'into a new folder']],
  'hub restore': [
    [
      "hub restore --from backups/2026-11-21 --since checkpoint --why 'the disk broke'",
      'on another machine, against the newest checkpoint that is kept elsewhere',
    ],
  ],
  'hub verify': [["hub verify --why 'each week'", 'everything that is on record']],
  'hub list': [
    ['hub list', 'what waits and runs'],
    ['hub list --state all --workspace attendance-main', 'everything of a workspace'],
  ],
  'hub inspect': [['hub inspect abcdefghijklmnop', 'the request or job of that id']],
  'hub requeue': [["hub requeue abcdefghijklmnop --why 'its disk was full'", 'once the disk has room again']],
  'hub maintenance': [
    ["hub maintenance north on --until 2027-03-02T05:00Z --why 'new version of the database'", 'from now on'],
    ["hub maintenance north off --why 'done'", 'earlier than planned'],
  ],
  'hub prepare-for-reboot': [
    ["hub prepare-for-reboot north --why 'a new kernel'", 'asks before it stops what runs'],
    ['hub prepare-for-reboot north --status', 'is it safe yet?'],
  ],
  'hub kill': [["hub kill abcdefghijklmnop --why 'it hangs'", 'the job of that id']],
  proxy: [['proxy --config /etc/sallyport/proxy.yml', 'start it']],
  steward: [['steward --config /etc/sallyport/steward-config.yml', 'start it']],
  'verify-release': [['verify-release downloaded --keys zone-keys.txt', 'files of a GitHub Release']],
  agent: [['agent --zone zone.yml', 'start it']],
  'agent drain': [
    [
      "agent --zone zone.yml drain --why 'an upgrade'",
      'before an upgrade: the agent ends when its last job has',
    ],
    ["agent --zone zone.yml drain --cancel --why 'not today'", 'it goes on after all'],
  ],
  'agent freeze': [
    ["agent --zone zone.yml freeze --why 'a leak is suspected'", 'at once, until it is lifted here'],
  ],
  'agent unfreeze': [["agent --zone zone.yml unfreeze --why 'it was none'", 'lift it']],
  'agent list': [['agent --zone zone.yml list', 'jobs, workspaces, what was done here']],
  'agent inspect': [['agent --zone zone.yml inspect attendance-main', 'one workspace']],
  'agent disk': [['agent --zone zone.yml disk', 'what takes how much']],
  'agent verify': [['agent --zone zone.yml verify --quick', 'each day; without --quick each week']],
  'agent backup': [
    ["agent --zone zone.yml backup --to /backup/agent-1 --why 'every night'", 'what is new is added'],
  ],
  'agent restore': [
    ["agent --zone zone.yml restore --from /backup/agent-1 --why 'the disk broke'", 'on a new host'],
  ],
  'agent archive-workspace': [
    [
      "agent --zone zone.yml archive-workspace attendance-main --to /backup/attendance-main.workspace --why 'closed'",
      'one file, verified before anything is removed',
    ],
  ],
  'agent restore-workspace': [
    [
      "agent --zone zone.yml restore-workspace attendance-main --from /backup/attendance-main.workspace --why 'reopened'",
      'byte for byte',
    ],
  ],
  'agent retention': [
    ['agent --zone zone.yml retention --days 365', 'which outputs, of which workspaces, how large'],
    [
      "agent --zone zone.yml retention --days 365 --why 'a year after the end'",
      'remove them, while the agent is stopped',
    ],
  ],
  airlock: [['airlock --zone zone.yml', 'start it']],
  'airlock freeze': [
    ["airlock --zone zone.yml freeze --why 'a leak is suspected'", 'at once, until it is lifted here'],
  ],
  'airlock unfreeze': [["airlock --zone zone.yml unfreeze --why 'it was none'", 'lift it']],
  'airlock backup': [
    ["airlock --zone zone.yml backup --to backup-2026-11-21 --why 'every night'", 'into a new folder'],
  ],
  'airlock restore': [
    ["airlock --zone zone.yml restore --from backup-2026-11-21 --why 'the disk broke'", 'on a new host'],
  ],
  'airlock passkey': [
    [
      "airlock --zone zone.yml passkey 1a2b-3c4d-5e6f-7a8b --why 'the first operator'",
      'the mark that the viewer shows',
    ],
  ],
  'airlock verify': [['airlock --zone zone.yml verify', 'everything that is stored']],
  keygen: [['keygen --out agent.key', 'a key for an agent']],
  'log verify': [
    ['log verify https://hub.example.org/log --key "$(cat log.vkey)" --save today.txt', 'the log of a hub'],
    [
      'log verify https://hub.example.org/log --key "$(cat log.vkey)" --since last-month.txt',
      'and that it begins with what you kept',
    ],
    [
      'log verify https://hub.example.org/log --key "$(cat log.vkey)" --since https://github.com/example/public-log',
      'with all that its repository keeps',
    ],
    ['log verify ./mirror --entries --key "$(cat log.vkey)"', 'a copy, without a network'],
    ['log verify https://hub.example.org/log --entry 1207', 'one entry'],
  ],
  'log mirror': [
    ['log mirror https://hub.example.org/log ./mirror --key "$(cat log.vkey)"', 'into the folder mirror'],
  ],
  satre: [['satre --markdown', 'the sheet as docs/satre.md']],
  completion: [
    ['completion bash > ~/.local/share/bash-completion/completions/sallyport', 'bash'],
    ['completion zsh > ~/.sallyport-completion', 'zsh; then source it in ~/.zshrc'],
    ['completion fish > ~/.config/fish/completions/sallyport.fish', 'fish'],
  ],
};

export function withExamples(root: Command): void {
  for (const { path, command } of shownCommands(root)) {
    const examples = Object.hasOwn(EXAMPLES, path) ? EXAMPLES[path]! : [];
    if (examples.length === 0) continue;
    const width = Math.max(...examples.map(([line]) => line.length));
    const lines = examples.map(([line, says]) => `  sallyport ${line.padEnd(width)}   ${says}`);
    command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
  }
}
