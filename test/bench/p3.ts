/** P3: from a signed webhook being sent to its job's container having started, against one `docker run`. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Docker from 'dockerode';
import type { Town } from '../e2e/town.ts';
import { bareRun, benchImage, dockerAnswers } from './chain.ts';
import { figure, type Figure, type Measure } from './figure.ts';
import { quantile, timed } from './stats.ts';

/** A 95th percentile wants a hundred. */
const SAMPLES = 100;
const WARMUPS = 5;

const parts = { unit: '×', stretch: { is: '<=', than: 1.4 } } as const;
const p50 = {
  ...parts,
  id: 'P3',
  title: 'webhook sent to container started, p50 / docker run',
  must: { is: '<=', than: 2 },
} as const satisfies Partial<Figure>;
const p95 = {
  ...parts,
  id: 'P3b',
  title: 'the same, p95 / docker run median',
  must: { is: '<=', than: 3 },
} as const satisfies Partial<Figure>;

export const p3: Measure = {
  id: 'P3',
  async run() {
    if (!dockerAnswers())
      return [p50, p95].map((one) => figure({ ...one, detail: 'no Docker engine answers' }));
    await benchImage();
    const { benchTown } = await import('./town-bench.ts');
    const town = await benchTown();
    const folder = mkdtempSync(path.join(tmpdir(), 'sallyport-bare-'));
    const starts = await Starts.listen();
    try {
      const ours: number[] = [];
      const bare: number[] = [];
      for (let sample = -WARMUPS; sample < SAMPLES; sample += 1) {
        const one = await startOne(town, starts);
        const other = await timed(() => bareRun(folder, 'mkdir -p output && echo a,b > output/step_0.csv'));
        if (sample < 0) continue;
        ours.push(one);
        bare.push(other);
      }
      const base = quantile(bare, 0.5);
      const detail = `${quantile(ours, 0.5).toFixed(0)} ms p50, ${quantile(ours, 0.95).toFixed(0)} ms p95 against ${base.toFixed(0)} ms (${SAMPLES} samples)`;
      return [
        figure({ ...p50, value: quantile(ours, 0.5) / base, detail }),
        figure({ ...p95, value: quantile(ours, 0.95) / base, detail }),
      ];
    } finally {
      starts.stop();
      rmSync(folder, { recursive: true, force: true });
      await town.stop();
    }
  },
};

async function startOne(town: Town, starts: Starts): Promise<number> {
  const { stage } = town;
  const started = starts.next();
  const check = await stage.run(
    `/run step_0 --notify none --backend ${stage.on.backend}`,
    ({ status }) => status === 'completed',
  );
  if (check.conclusion !== 'success')
    throw new Error(`${check.output.title}\n${check.output.summary}\n${check.output.text}`);
  return (await started) - lastCommentSent(town);
}

/** When the stand-in sent the newest comment's webhook, from its journal. Milliseconds since 1970. */
function lastCommentSent({ world }: Town): number {
  const journal = readFileSync(path.join(world.folder('github'), 'state', 'deliveries.jsonl'), 'utf8');
  for (const line of journal.trimEnd().split('\n').reverse()) {
    const delivery = JSON.parse(line) as {
      event: string;
      action: string;
      deliveredAt: number;
      body?: string;
    };
    // Our own answers are comments too; a person's is no bot's.
    if (delivery.event === 'issue_comment' && delivery.body?.includes('"body":"/run step_0'))
      return delivery.deliveredAt;
  }
  throw new Error('no comment was delivered');
}

/** The engine's own word for when a job's container started. */
class Starts {
  readonly #stream: NodeJS.ReadableStream & { destroy(): void };
  #waiting: ((at: number) => void) | undefined;

  private constructor(stream: NodeJS.ReadableStream) {
    this.#stream = stream as NodeJS.ReadableStream & { destroy(): void };
    let rest = '';
    stream.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines.filter(Boolean)) this.#heard(JSON.parse(line) as EngineEvent);
    });
  }

  static async listen(): Promise<Starts> {
    const filters: Docker.GetEventsOptions['filters'] = { event: ['start'] };
    return new Starts(await new Docker().getEvents({ filters }));
  }

  next(): Promise<number> {
    return new Promise((resolve) => (this.#waiting = resolve));
  }

  stop(): void {
    this.#stream.destroy();
  }

  #heard(event: EngineEvent): void {
    const ours = Object.keys(event.Actor.Attributes).some((name) => name.startsWith('sallyport.'));
    if (!ours) return;
    this.#waiting?.(event.timeNano / 1e6);
    this.#waiting = undefined;
  }
}

interface EngineEvent {
  timeNano: number;
  Actor: { Attributes: Record<string, string> };
}
