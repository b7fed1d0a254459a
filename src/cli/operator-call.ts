/** Asks the hub that is at work, with a request signed by its own key. */
import { request } from 'undici';
import type { z } from 'zod';
import { readHubConfig, type HubConfig } from '../hub-config.ts';
import { seconds, systemClock } from '../lib/clock.ts';
import { randomIds } from '../lib/ids.ts';
import { parseOrigin } from '../lib/origin.ts';
import { isRefusal, refusal, Refused } from '../lib/refusal.ts';
import {
  backendsAnswer,
  commonVersion,
  inspectAnswer,
  killAnswer,
  listAnswer,
  type ListQuestion,
  maintenanceAnswer,
  type maintenanceOrder,
  OPERATOR_PATHS,
  parsed,
  pauseAnswer,
  rebootAnswer,
  refusalIn,
  requeueAnswer,
  signOperatorRequest,
  spokenText,
  VERSION_HEADER,
  type BackendStatus,
} from '../protocol/protocol.ts';
import { minute } from './operator-show.ts';

/** Where the hub is. */
export interface Hub {
  config: string;
  at?: string;
}

type BackendsAnswer = z.infer<typeof backendsAnswer>;

const TIMEOUT_MS = seconds(60);

export const askBackends = (hub: Hub): Promise<BackendsAnswer> =>
  ask(hub, OPERATOR_PATHS.backends, {}, backendsAnswer);

export const askPause = (hub: Hub, paused: boolean, order: { backend: string; why: string }) =>
  ask(hub, paused ? OPERATOR_PATHS.pause : OPERATOR_PATHS.unpause, order, pauseAnswer);

export const askKill = (hub: Hub, order: { job: string; why: string }) =>
  ask(hub, OPERATOR_PATHS.kill, order, killAnswer);

export const askList = (hub: Hub, question: ListQuestion) =>
  ask(hub, OPERATOR_PATHS.list, question, listAnswer);

export const askInspect = (hub: Hub, id: string) => ask(hub, OPERATOR_PATHS.inspect, { id }, inspectAnswer);

export const askRequeue = (hub: Hub, order: { job: string; why: string }) =>
  ask(hub, OPERATOR_PATHS.requeue, order, requeueAnswer);

export const askMaintenance = (hub: Hub, order: z.infer<typeof maintenanceOrder>) =>
  ask(hub, OPERATOR_PATHS.maintenance, order, maintenanceAnswer);

export const askReboot = (hub: Hub, order: { backend: string; why: string }) =>
  ask(hub, OPERATOR_PATHS.reboot, order, rebootAnswer);

export const askRebootState = (hub: Hub, backend: string) =>
  ask(hub, OPERATOR_PATHS.rebootState, { backend }, rebootAnswer);

/** Throws Refused when there is no hub, or it says no. */
async function ask<T>(hub: Hub, path: string, order: object, schema: z.ZodType<T>): Promise<T> {
  const config = readHubConfig(hub.config);
  const at = addressOf(config, hub.at);
  const body = JSON.stringify(order);
  const token = await signOperatorRequest({
    audience: config.origin,
    path,
    body,
    key: config.key.privateKey,
    clock: systemClock,
    ids: randomIds,
  });
  const { status, text, versions } = await post(`${at}${path}`, body, token).catch((error: unknown) => {
    const no = refusal(
      'operator.no-hub',
      `No hub answers at ${at}.`,
      'Start it, or say with --at where it listens.',
    );
    throw new Refused(no, { cause: error });
  });
  const common = commonVersion('operator', versions);
  if (status === 200 && isRefusal(common)) throw new Refused(common);
  const good = status === 200 ? schema.safeParse(parsed(text)) : undefined;
  if (good?.success) return good.data;
  throw new Refused(
    refusalIn(text) ??
      refusal(
        'operator.bad-answer',
        `What answers at ${at} is no hub of this version (${status}).`,
        'Say with --at where the hub listens; use the same version on both sides.',
      ),
  );
}

interface Answer {
  status: number;
  text: string;
  /** Which versions of the protocol the hub says it speaks. */
  versions: string | undefined;
}

async function post(url: string, body: string, token: string): Promise<Answer> {
  const answer = await request(url, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      [VERSION_HEADER]: spokenText(),
    },
    body,
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
  });
  const said = answer.headers[VERSION_HEADER];
  return {
    status: answer.statusCode,
    text: await answer.body.text(),
    versions: Array.isArray(said) ? said.join() : said,
  };
}

/** The port on this machine, which needs no way out and back; where there is none, the public address. */
function addressOf({ listen, origin }: HubConfig, at: string | undefined): string {
  if (at !== undefined) {
    const given = parseOrigin(at);
    if (isRefusal(given)) throw new Refused(given);
    return given;
  }
  const host = ['0.0.0.0', '::'].includes(listen.host) ? '127.0.0.1' : listen.host;
  const local = parseOrigin(`http://${host.includes(':') ? `[${host}]` : host}:${listen.port}`);
  return listen.port === 0 || isRefusal(local) ? origin : local;
}

/** One paragraph per backend. */
export function showBackends({ at, backends }: BackendsAnswer): string {
  return backends.map((backend) => paragraph(backend, at)).join('\n');
}

function paragraph(backend: BackendStatus, now: number): string {
  const { id, data, active, lastSeenAt, silent, agents, pausedAt, pausedWhy, running, waiting, maintenance } =
    backend;
  const seen = lastSeenAt === null ? 'never seen' : `last seen ${ago(now - lastSeenAt)}`;
  const counts = `${running.length} running, ${waiting} waiting`;
  const lines = [
    `${id} (${data} data${active ? '' : ', not in use'}): ${seen}${silent ? ', SILENT' : ''}; ${counts}`,
  ];
  if (pausedAt !== null) lines.push(`  paused since ${minute(pausedAt)}${pausedWhy ? `: ${pausedWhy}` : ''}`);
  if (maintenance !== null) {
    const when = maintenance.from <= now ? 'maintained since' : 'maintenance planned from';
    const end = maintenance.until === null ? '' : ` until ${minute(maintenance.until)}`;
    lines.push(
      `  database ${when} ${minute(maintenance.from)}${end}${maintenance.why ? `: ${maintenance.why}` : ''}`,
    );
  }
  for (const agent of agents) {
    const called = agent.lastSeenAt === null ? '' : `, ${ago(now - agent.lastSeenAt)}`;
    const faults = agent.engine ? '' : ', its container engine does not answer';
    const governance = agent.governance ? `, governance ${agent.governance.slice(0, 12)}` : '';
    lines.push(`  agent ${agent.id} ${agent.version ?? ''}${called}${governance}${faults}`);
  }
  for (const job of running) {
    const stopping = job.stopping ? ', stopping' : '';
    lines.push(`  job ${job.job} ${job.workspace} ${job.action}: ${job.code}${stopping}`);
  }
  return `${lines.join('\n')}\n`;
}

function ago(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 120) return `${s} s ago`;
  return s < 7200 ? `${Math.round(s / 60)} min ago` : `${Math.round(s / 3600)} h ago`;
}
