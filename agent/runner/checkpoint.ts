/**
 * Where a run may die. Every await that changes state is written `await at('name', …)`, which makes two
 * kill points, `name:before` and `name:after`; test/runner/checkpoints.test.ts reads the sources and
 * fails when an await has none, so the fault loop covers what the code does and not what someone chose.
 */

/** Called at every kill point; may throw (tests) or end the process (SALLYPORT_KILL_AT). */
export type Checkpoint = (point: string) => void;

export type At = <T>(name: StepName, work: () => Promise<T> | T) => Promise<T>;

/** Every step, in the order a run passes them. */
export const STEPS = [
  'accept.task',
  'derive.governance',
  'derive.look',
  'derive.fetch',
  'derive.project',
  'derive.reusable',
  'derive.image',
  'prepare.clear',
  'prepare.reuse',
  'prepare.export',
  'prepare.inputs',
  'prepare.dummy-data',
  'prepare.marker',
  'execute.database',
  'execute.create',
  'execute.intent',
  'execute.start',
  'execute.wait',
  'again.exit',
  'again.note',
  'again.clear',
  'finalize.exit',
  'finalize.log',
  'finalize.walk',
  'finalize.store',
  'finalize.moderate',
  'finalize.write-log',
  'finalize.switch',
  'switch.history',
  'switch.manifest',
  'switch.place',
  'finalize.failed-outputs',
  'finalize.remember',
  'finalize.manifest',
  'finalize.metadata',
  'cancel.stop',
  'cancel.log',
  'clean.container',
  'clean.database',
  'clean.work',
] as const;
export type StepName = (typeof STEPS)[number];

export function stepsWith(checkpoint: Checkpoint): At {
  return async (name, work) => {
    checkpoint(`${name}:before`);
    const result = await work();
    checkpoint(`${name}:after`);
    return result;
  };
}

/** Every kill point there is. */
export const KILL_POINTS: readonly string[] = STEPS.flatMap((step) => [`${step}:before`, `${step}:after`]);

/** Dies by SIGKILL at the point named by SALLYPORT_KILL_AT, as a power cut would: no handler runs. */
export function checkpointFrom(env: NodeJS.ProcessEnv): Checkpoint {
  const point = env['SALLYPORT_KILL_AT'];
  if (!point) return () => undefined;
  return (reached) => {
    if (reached === point) process.kill(process.pid, 'SIGKILL');
  };
}
