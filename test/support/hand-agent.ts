/** An agent of the zone that takes its tasks and reports what the story says became of them. */
import { randomIds } from '../../src/lib/ids.ts';
import type { Clock } from '../../src/lib/clock.ts';
import type { KeyPair } from '../../src/lib/keys.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import { ZoneClient, type RunTask, type Task, type Update } from '../../src/protocol/protocol.ts';
import { KEYS } from './governance.ts';

export type AgentBackend = 'attainment' | 'rehearsal';
export type HandAgent = ReturnType<typeof handAgent>;

export function handAgent(at: { hub: string; hubKey: KeyPair; clock: Clock; backend: AgentBackend }) {
  const { backend } = at;
  const own =
    backend === 'attainment'
      ? { id: 'attainment', key: KEYS.agent }
      : { id: 'rehearsal-1', key: KEYS.rehearsal };
  const client = new ZoneClient({
    hub: at.hub,
    agent: own.id,
    backend,
    key: own.key.privateKey,
    hubKeys: [at.hubKey.publicKey],
    clock: at.clock,
    ids: randomIds,
  });
  let time = 1000;
  const tasks = async (): Promise<Task[]> => {
    const answer = await client.poll({ seen: 0, waitMs: 0, engine: true });
    if (isRefusal(answer)) throw new Error(`the hub refused the agent: ${answer.code}`);
    return answer.tasks.map((each) => each.task);
  };
  const report = async (task: Task, state: Update['state'], rest: Partial<Update> = {}): Promise<void> => {
    time += 1;
    const done = await client.updates([{ task: task.id, job: task.job, at: time, state, ...rest }]);
    if (isRefusal(done)) throw new Error(`the hub refused the report: ${done.code}`);
  };
  const runTask = async (action: string): Promise<RunTask> => {
    const all = await tasks();
    const found = all.find((each): each is RunTask => each.type === 'run' && each.action === action);
    if (!found)
      throw new Error(
        `no task for ${action}; there are: ${all.map((each) => (each.type === 'run' ? each.action : 'cancel')).join(', ')}`,
      );
    return found;
  };
  return {
    tasks,
    report,
    starts: async (action: string) => report(await runTask(action), 'executing', { startedAt: 2000 }),
    ends: async (action: string, state: Update['state'] = 'succeeded', rest: Partial<Update> = {}) =>
      report(await runTask(action), state, rest),
  };
}
