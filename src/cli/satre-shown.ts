/**
 * Which tests show which statement. A row stands here only when its tests together do what it takes to show the
 * statement; the second part says what they leave open all the same.
 *
 * `room/file: name` is the test of that name in test/room/file.test.ts: its title, the title of its group, or of a case.
 * test/cli/satre.test.ts holds each to its file.
 */
type Shown = readonly [tests: readonly string[], open?: string];

export const SHOWN: Readonly<Record<string, Shown>> = {
  '1.2.02': [
    [
      'hub/decided-again: every decision on a run names its policy commit, and is the same when made again by that commit',
      'protocol/statements: the review names who approved, under which policy, and not what was said',
    ],
  ],
  '1.4.04': [
    [
      'governance/access: the project was completed long ago',
      'governance/completing: closing ends access at the command, in the zone and in the viewer on the same day',
      'github-room/completion: an archived workspace runs nothing more; only who works there asks for it, and only for their own',
      'airlock/closed: in %s nothing is begun or submitted, and a draft can be withdrawn',
      'runner/refusals: a workspace that is archived',
      'governance/told: a workspace is told of when it is archived, and when it is opened again',
    ],
  ],
  '1.4.05': [
    [
      'e2e/lives: an application is filled in on a page, and asks what follows from it',
      'e2e/lives: two approvals and a merge make it a project with a repository of its own',
      'e2e/lives: the first run on data',
    ],
  ],
  '1.5.03': [
    [
      'governance/permission-table: the table of roles and permissions is this one',
      'governance/permission-table: %s holds nothing before the first day or after the last',
      'governance/permission-table: an unknown identity holds nothing, in a project or without',
      'release/every-cell: the airlock and each person may do exactly this',
      'release/every-cell: somebody whom governance does not know may do nothing, but what its own rule looks at closer',
      'release/visibility: for every role, phase, turn, visibility and seal',
    ],
  ],
  '1.5.04': [
    [
      'hub/refusals: what the project may not use is told with who can grant it',
      'runner/refusals: a project that was granted no dataset',
      'governance/access: datasets are granted to the project, between their days',
    ],
  ],
  '1.5.05': [
    [
      'jobs/zone-api: every forged request is refused and changes nothing',
      'jobs/zone-api: every path of agents refuses who shows nothing, a foreign, old or other backend’s token',
      'jobs/zone-api: a token is good for a minute, and not before its time',
      'outputs/door: every path refuses what is forged, before it does anything',
      'outputs/door: a message that was caught and sent again is refused',
      'proxy/proxy: that are missing, foreign, old, meant elsewhere or of another key are refused',
      'jobs/operator: only the key of this hub gives orders, for this hub, this path and this body, once',
      'hub/trouble: the door takes signed deliveries only',
      'viewer/attacks: no page is shown and no form is taken without a session',
      'publication/door: only the key that hub.yml names comes in',
      'members/sign-in: made-up cookies are nobody, also when one stands beside the right one',
    ],
  ],
  '1.5.06': [
    [
      'hub/identity: a person who is called otherwise keeps rights and history, and each change of their roles is in the ledger',
      'hub/refusals: a login that has another owner now is nobody',
    ],
  ],
  '1.6.04': [
    [
      'airlock/training: expired training takes a checker out at the next look, renewal brings them back; both are recorded',
      'governance/access: the training has expired',
    ],
  ],
  '2.1.08': [
    [
      'executor/drill.ts: finds nothing of a job of another project beside it: no file, process, shared memory or store',
      'database/roles: read a table of another dataset in the same schema',
      'airlock/guarantees: a workspace of somebody else is no workspace',
      'members/releases: members of another project have nothing of this one',
    ],
  ],
  '2.1.09': [
    [
      'executor/drill.ts: finds no network but its own loopback: no address, no name, no metadata service, no neighbour',
      'governance/read-bad: a network for an image, of whatever kind, is refused',
    ],
    'no image can be given a network, so there are no exceptions to record; what software tries to call home is not listed by image',
  ],
  '2.1.10': [
    [
      'governance/findings: are told which image is not allowed',
      'hub/refusals: what the project may not use is told with who can grant it',
      'demo/governance-files: both images may run on real data, by digest',
      'runner/unprepared: its image is not on this machine',
    ],
    'whether a registry still holds every image is seen when it is fetched, not before',
  ],
  '2.1.13': [
    [
      'runner/refusals: an image that has been retired',
      'runner/refusals: a database image without a digest',
      'runner/refusals: whose action.yaml names an image that is not allowed',
    ],
  ],
  '2.1.14': [
    [
      'executor/drill.ts: finds nothing of a job of another project beside it: no file, process, shared memory or store',
      'executor/drill.ts: sees only its own processes, and not the memory or kernel of the host',
      'database/roles: read a table of another schema',
      'database/network: reaches neither the host on any address nor a neighbour, by TCP, UDP or ICMP',
    ],
  ],
  '2.1.17': [
    [
      'database/network: reads its datasets through the relay, and SQL that names another table fails',
      'database/network: finds only lo, no route, no name server that answers, and no other open port',
    ],
  ],
  '2.2.04': [
    [
      'tools/release: a release build is impossible unless the whole suite passed on that commit',
      'tools/release: none where %s',
      'tools/release: none where a part was run, a later commit is there, or files differ from the commit',
      'tools/release: none where somebody edited while the tests ran, or before',
    ],
    'whoever can write to the machine that builds can write that record too: let a machine of its own build',
  ],
  '2.2.09': [
    [
      'runner/kill: a running agent listens on nothing, and every connection of it leads to the hub or the proxy',
      'runner/listening: nothing in the zone opens a port but the viewer, for browsers there, the relay of a database job, and what monitors ask where zone.yml names it',
      'e2e/hostile-hub: the proxy was only ever asked to read two repositories',
      'protocol/client: a redirect is never followed',
    ],
    'the firewall around a zone is its operator’s',
  ],
  '2.2.10': [
    [
      'executor/drill.ts: finds no network but its own loopback: no address, no name, no metadata service, no neighbour',
      'database/network: reaches neither the host on any address nor a neighbour, by TCP, UDP or ICMP',
    ],
  ],
  '2.2.11': [
    [
      'executor/drill.ts: finds no network but its own loopback: no address, no name, no metadata service, no neighbour',
      'database/network: reaches neither the host on any address nor a neighbour, by TCP, UDP or ICMP',
      'proxy/refused: an organisation that is not listed, and a repository that belongs to no project',
      'proxy/refused: POST for refs and GET for a pack',
      'proxy/away: answers %d, the client sees neither address nor page',
    ],
  ],
  '2.2.13': [
    [
      'jobs/submit: a request makes one job per action that must run, in one transaction with its leaf and its news',
      'airlock/looking: every look is written down with its hash before a byte goes out; a denied one too',
      'outputs/crash: a download that was not written down was not given',
      'members/releases: as many sign-ins, looks and downloads are written down as were given, whoever asked and in whatever order, and none that were not',
      'members/releases: HEAD is checked like GET and gives no byte and no entry; a range or an old copy gets the whole file again',
      "airlock/log-types: %s is in the zone's log",
    ],
    'looks and downloads at the hub are counted against what was asked for; those in the viewer one by one',
  ],
  '2.3.03': [
    [
      'pipeline/starving: what runs never exceeds the slots of its pool, whatever arrives and ends',
      'pipeline/starving: under any stream of light jobs a heavy one starts after as many endings as jobs ran or are older',
      'pipeline/schedule: the queue takes the job a sort would take, whatever happens',
      'jobs/hubs: two hubs that schedule at once never overfill a pool nor start a job twice',
    ],
    'a workspace that runs something in a pool waits behind those that run nothing there',
  ],
  '2.4.03': [
    [
      'hub/config: every fault is told at once, with where to get the right value',
      'proxy/settings: every fault is told at once, with line and column',
      'runner/zone-file: every fault is named at once, with its line',
    ],
  ],
  '2.4.05': [
    [
      'hub/restore-drill: a backup on a clean host: the log verifies and goes on from what was seen, and the next job runs',
    ],
    'the airlock is restored by a drill of its own; workspaces of agents have no backup',
  ],
  '2.5.03': [
    [
      'airlock/story: entries, log and orders cannot be changed in the database',
      'members/releases: the log of looks and downloads can be neither changed nor emptied row by row',
      'airlock/record-heads: an entry rewritten with its chain and its state, by whoever owns the database, is found',
      'release/small-rules: shows where an entry was changed, lost or swapped',
      'airlock/log-types: AUDIT_VIEW',
    ],
  ],
  '2.6.03': [
    [
      'hub/restore-drill: a backup on a clean host: the log verifies and goes on from what was seen, and the next job runs',
    ],
    'keys are in no backup: they are kept where keys are kept',
  ],
  '2.8.02': [
    [
      'lib/origin: %s is refused as %s',
      'hub/config: every fault is told at once, with where to get the right value',
      'viewer/hardening: a viewer at %s with contents at %s does not start',
      'lib/tls: TLS before 1.2 is not spoken by the viewer or the proxy; whoever tries could',
      'lib/tls: no command begins where certificates would not be checked (tls.unchecked)',
      'lib/tls: a process that would speak %s does not begin (tls.too-old)',
      'proxy/github: a certificate that cannot be verified ends it',
      'proxy/proxy: over TLS git trusts the proxy’s own authority, and no other',
    ],
    'what speaks TLS in front of a hub is set up by its operator',
  ],
  '3.1.03': [
    [
      'pipeline/stricter: an unknown level beside none is named, with the one that was meant',
      'pipeline/stricter: %s and %s of two levels are refused',
      'runner/runner: a copy of a highly sensitive input is as sensitive as the input, whatever project.yaml says',
    ],
    'an output without a level, or a path with two, is refused at the push: nothing is left to be guessed',
  ],
  '3.1.04': [
    [
      "protocol/client: tasks that are not the hub's word are set aside, the others are given",
      'protocol/orders: an altered order, one with a field more, and one of another form are refused',
      'proxy/refused: refused, with the purpose named:',
      'proxy/proxy: is logged by rule, agent, repository, bytes and time, never by path, header or body',
      'runner/refusals: a task that the zone refuses',
      'airlock-link/link: an order signed by another key is not done, and said in the log only',
    ],
    'how data itself is loaded is outside the software',
  ],
  '3.1.05': [
    [
      'protocol/outward: what an agent says has a field for states, times and two booleans, and no other',
      'protocol/outward: what an airlock says names files only where they are released, and has no field for what people wrote',
      'jobs/crossing: a log of a job on real data is refused, and the job is over without it',
      'release/properties: nothing leaves without two people who saw, approved and signed exactly these bytes and had no hand in them',
    ],
  ],
  '3.1.06': [
    [
      'release/properties: nothing leaves without two people who saw, approved and signed exactly these bytes and had no hand in them',
      'release/every-cell: the airlock and each person may do exactly this',
      'release/independence: a person who',
      'e2e/hostile-hub: alone, it gets no byte out, whomever it names and whatever they are said to have said',
    ],
  ],
  '3.1.07': [
    [
      'release/independence: a person who',
      'airlock-deeds/deeds: whoever asked for the job and whoever wrote the code behind it did it, each named once',
    ],
  ],
  '3.1.08': [
    [
      'governance/read-across: across the files:',
      'governance/findings: that name an ungranted dataset are told who grants it',
      'hub/refusals: what the project may not use is told with who can grant it',
      'database/network: reads its datasets through the relay, and SQL that names another table fails',
    ],
  ],
  '3.1.11': [
    [
      'protocol/statements: the provenance of a file is what SLSA asks for and names no unreleased input',
      'protocol/statements: inputs are one digest per action and pattern, which nobody without the key can make',
      'protocol/statements: a statement with another %s does not verify',
    ],
  ],
  '3.1.12': [
    [
      'release/properties: nothing leaves without two people who saw, approved and signed exactly these bytes and had no hand in them',
      'airlock/properties: nothing is lost or reordered, and nothing leaves without two',
      'e2e/release: nothing on GitHub names what did not leave, nor its hash, nor what was said inside',
      'e2e/hostile-job: gets out nothing but its duration',
      'e2e/hostile-job: leaves nothing in what the hub or GitHub keep',
    ],
  ],
  '3.1.14': [
    [
      'github-room/completion: an archived workspace runs nothing more; only who works there asks for it, and only for their own',
      'runner/refusals: a workspace that is archived',
      'airlock/closed: in %s nothing is begun or submitted, and a draft can be withdrawn',
      'airlock/closed: of %s nothing leaves that was approved before',
    ],
  ],
  '3.2.01': [
    [
      'governance/accounts: an account of the kind %s is refused as a person',
      'governance/accounts: an account that policies.yml lists as a program’s is nobody: who shares it is not one person',
      'governance/accounts: a number that nobody has, and a name that is another’s, are faults on their line',
      'hub/governance: an entry that is an organisation, nobody, or somebody else on GitHub is a fault on its line',
      'hub/refusals: a login that has another owner now is nobody',
    ],
    'GitHub does not tell an account that several people use; one that programs use is known by policies.yml alone',
  ],
  '3.2.03': [
    [
      'database/network: reads its datasets through the relay, and SQL that names another table fails',
      'runner/runner: the program gets exactly the commit, its inputs, its rights and its limits',
      'airlock/guarantees: a workspace of somebody else is no workspace',
      'members/viewer-code: nobody enters a zone that their projects do not use, or that does not exist',
    ],
  ],
  '3.2.05': [
    [
      'members/sign-in: GitHub is asked with a state, an S256 challenge and the one registered address',
      'members/sign-in: nobody is signed in when %s',
      'members/sign-in: an answer of GitHub is taken once, and within ten minutes',
    ],
  ],
  '3.3.03': [
    [
      'airlock/guarantees: a name that is not listed',
      'runner/runner: links, checked-out code and copied inputs are never outputs',
    ],
  ],
  '3.3.05': [
    [
      'release/independence: the two least busy, the smaller id when two are equal',
      'release/independence: as many as there are, and says how many are missing',
      'release/independence: nobody who is barred, and records whom it passed over and why',
      'airlock/orders: a place that nobody uses is given on after the working days',
    ],
  ],
  '3.3.08': [['disclosure/quality: injected faults are found and clean twins are left alone']],
  '5.3.01': [
    [
      'record/pages: projects, people, organisations and permissions are what governance says, without addresses',
      'record/pages: a backend says how it is to people, and to probes in a status',
    ],
  ],
  '5.4.01': [
    [
      'governance/read-across: across the files:',
      'jobs/zone-api: every forged request is refused and changes nothing',
      'jobs/zone-api: keys rotate: both are good while both stand there, a key is good on its days only',
      'outputs/door: every path refuses what is forged, before it does anything',
      'db/log: a key that is being replaced signs beside the next one, and nothing is signed twice',
    ],
    'what members agree on outside the software',
  ],
  '5.5.01': [
    [
      'jobs/behind: an agent that stays behind governance is listed at once, reported after a while, once, and when it caught up',
      'jobs/behind: who holds no key, whose backend is closed, or who never said, is not reported',
      'jobs/operator: the list of backends says who calls, what runs and what waits',
      'jobs/zone-api: keys rotate: both are good while both stand there, a key is good on its days only',
    ],
  ],
};
