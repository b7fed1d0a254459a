/** The walls of docs/architecture.md, kept by machine. `path` patterns are relative to the repository. */
const CORE =
  '^src/(pipeline|codelists|governance|release|disclosure|ledger|protocol|applications|visibility|skeleton|tables|lib)/';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'core-imports-only-core',
      comment: 'The core is shared by both sides: it may not reach into either.',
      severity: 'error',
      from: { path: CORE },
      to: { path: '^(src|agent|web)/', pathNot: CORE },
    },
    {
      name: 'agent-sees-core-and-db-open',
      comment: 'What runs beside the data imports the core and db/open, nothing of the hub.',
      severity: 'error',
      from: { path: '^agent/' },
      to: { path: '^(src|web)/', pathNot: `(${CORE}|^src/db/open|^web/(airlock|ui)/)` },
    },
    {
      name: 'check-starts-at-once',
      comment: 'Loading zod would take a third of the time in which "sallyport check" is over.',
      severity: 'error',
      from: { path: '^src/cli/check-(path|show)[.]ts$' },
      to: { path: 'node_modules/zod/', reachable: true },
    },
    {
      name: 'zone-is-no-laptop',
      comment: 'What a laptop offers people opens ports and fetches images; agent and airlock never load it.',
      severity: 'error',
      from: { path: '^agent/(agent|airlock)[.]ts$' },
      to: { path: '^agent/laptop/', reachable: true },
    },
    {
      name: 'github-never-imports-agent',
      severity: 'error',
      from: { path: '^src/github/' },
      to: { path: '^agent/' },
    },
    {
      name: 'github-never-imports-web',
      comment: 'What GitHub shows and what pages show are two projections of the same rooms.',
      severity: 'error',
      from: { path: '^src/github/' },
      to: { path: '^web/' },
    },
    {
      name: 'hub-rooms-never-import-agent',
      comment: 'Only compositions and the command line may see both sides.',
      severity: 'error',
      from: {
        path: '^src/(jobs|freezes|proxy|db|outputs|members|publication|record|registry|steward)(/|\\.ts$)',
      },
      to: { path: '^agent/' },
    },
    {
      name: 'hub-rooms-never-import-pages',
      comment: 'Pages ask rooms, never the other way round.',
      severity: 'error',
      from: {
        path: '^src/(jobs|freezes|proxy|db|outputs|members|publication|record|registry|steward)(/|\\.ts$)',
      },
      to: { path: '^web/' },
    },
    {
      name: 'steward-shares-no-database',
      comment: 'It asks the hub over HTTP: whoever may write to repositories does not also hold the record.',
      severity: 'error',
      from: { path: '^src/steward(/|\\.ts$)' },
      to: { path: '^src/(db|jobs|github|members|outputs)/|drizzle-orm|node_modules/pg/' },
    },
    {
      name: 'airlock-has-no-runner-or-executor',
      severity: 'error',
      from: { path: '^agent/airlock' },
      to: { path: '^agent/(runner|executor|database|images)/|node_modules/dockerode' },
    },
    {
      name: 'viewer-knows-nothing-of-the-hub',
      comment: 'What a browser sees in the zone comes from the airlock; what it sees outside, from the hub.',
      severity: 'error',
      from: { path: '^web/airlock/' },
      to: {
        path: '^(src/(jobs|github|proxy|outputs|members|publication|steward)/|web/site/|agent/(?!airlock))',
      },
    },
    {
      name: 'site-knows-nothing-of-the-zone',
      severity: 'error',
      from: { path: '^web/site/' },
      to: { path: '^(agent/|web/airlock/|src/(jobs|github|steward)/)' },
    },
    {
      name: 'only-demo-imports-sandbox',
      severity: 'error',
      from: { path: '^(src|agent|web)/', pathNot: '^src/(sandbox/|cli/(demo|sandbox)\\.ts)' },
      to: { path: '^src/sandbox/' },
    },
    {
      name: 'web-writes-no-sql',
      severity: 'error',
      from: { path: '^web/' },
      to: { path: '^src/db/|drizzle-orm|node_modules/pg/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'one-face-per-room',
      comment: 'A core room is entered by the file named like it.',
      severity: 'error',
      from: { path: '^(src|agent|web)/([^/]+)/', pathNot: '^src/cli/' },
      to: {
        path: '^src/(pipeline|codelists|governance|ledger|release|disclosure|visibility)/',
        // types.ts is the room's vocabulary: it may be named from anywhere.
        // Lines and hashes of codelists are a door of their own: see check-starts-at-once.
        pathNot: ['^src/$2/', '^src/([^/]+)/\\1\\.ts$', '/types\\.ts$', '^src/codelists/(line|hashes)\\.ts$'],
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.tsx', '.js'] },
  },
};
