/** What this machine offers, and so how the demo runs: containers or plain processes. */
import Docker from 'dockerode';

export type Engine = { kind: 'docker'; docker: Docker } | { kind: 'process'; why: string };

const ANSWER_MS = 5000;

export async function lookForEngine(wish: 'docker' | 'process' | undefined): Promise<Engine> {
  if (wish === 'process') return { kind: 'process', why: 'as asked' };
  const found = await dockerHere();
  if (typeof found !== 'string') return found;
  if (wish === 'docker') throw new Error(`--executor docker: ${found}`);
  return { kind: 'process', why: found };
}

async function dockerHere(): Promise<Engine | string> {
  if (process.platform !== 'linux') return "images can be made from this machine's own Node on Linux only";
  const docker = new Docker({ timeout: ANSWER_MS });
  try {
    await docker.ping();
    // Without the time limit: pushing an image may take longer.
    return { kind: 'docker', docker: new Docker() };
  } catch {
    return 'no Docker engine answers';
  }
}
