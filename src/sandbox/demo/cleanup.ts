/** Jobs of the demo's agents: containers outlive their agent by design, so the demo ends them itself. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { LABELS } from '../../../agent/executor/container.ts';
import { processExecutor } from '../../../agent/executor/process.ts';
import type { Executor } from '../../../agent/executor/executor.ts';
import type { Engine } from './machine.ts';

export async function runningJobsOf(engine: Engine, agent: string, state: string): Promise<string[]> {
  if (engine.kind === 'docker') {
    const label = [`${LABELS.owner}=${agent}`, `${LABELS.kind}=job`];
    const found = await engine.docker.listContainers({ filters: { label } });
    return found.map((one) => one.Labels[LABELS.job] ?? one.Id);
  }
  const jobs = (await processesIn(state)?.list()) ?? [];
  return jobs.filter((job) => job.phase === 'running').map((job) => job.id);
}

/** Jobs, relays and doors of one agent, whatever they are doing. */
export async function removeJobs(engine: Engine, agent: string, state: string): Promise<void> {
  if (engine.kind === 'docker') {
    const left = await engine.docker.listContainers({
      all: true,
      filters: { label: [`${LABELS.owner}=${agent}`] },
    });
    await Promise.all(
      left.map((one) => engine.docker.getContainer(one.Id).remove({ force: true, v: true }).catch(gone)),
    );
    return;
  }
  const executor = processesIn(state);
  for (const job of (await executor?.list()) ?? []) await executor?.remove(job.id);
}

function processesIn(state: string): Executor | undefined {
  const stateDir = path.join(state, 'executor');
  return existsSync(stateDir) ? processExecutor({ stateDir, commands: {} }) : undefined;
}

function gone(error: unknown): void {
  const { statusCode } = error as { statusCode?: number };
  // 404: removed in between; 409: its removal is under way.
  if (statusCode !== 404 && statusCode !== 409) throw error;
}
