/** A room that holds still: for what the viewer itself does, whatever the room says. */
import { Readable } from 'node:stream';
import type { AirlockRoom, Delivery, LogLine, Opened, Where } from '../../agent/airlock/face.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { refusal } from '../../src/lib/refusal.ts';
import type { Content } from '../../src/release/release.ts';
import type { Role, Session } from '../../src/release/types.ts';

export interface HeldFile {
  bytes: Buffer;
  content: Content;
  path: string;
  /** Instead of the bytes at once. */
  stream?: () => Readable;
}

export interface RoomDouble {
  room: AirlockRoom;
  /** By workspace path. */
  files: Map<string, HeldFile>;
  people: Map<number, { login: string; name: string; roles: Role[] }>;
  /** Every delivery as the room was told of it, and what became of it. */
  deliveries: (Delivery & { load: string; where: Where; sent?: number; drawnBy: Session[] })[];
  lines: LogLine[];
  commands: unknown[];
}

export function roomDouble(over: Partial<AirlockRoom> = {}): RoomDouble {
  const double: Omit<RoomDouble, 'room'> = {
    files: new Map(),
    people: new Map(),
    deliveries: [],
    lines: [],
    commands: [],
  };
  const { files, people, deliveries, lines, commands } = double;
  const said: Partial<AirlockRoom> = {
    paused: () => undefined,
    standing(id) {
      const person = people.get(id);
      if (!person) return refusal('airlock.no-standing', 'You have no business here.');
      return { person: { id, login: person.login, name: person.name }, roles: person.roles };
    },
    async open(_person, delivery, where) {
      const file = files.get(where.kind === 'workspace' ? where.path : '');
      if (!file) return refusal('airlock.unknown', 'There is no such file.');
      const load = `load-${deliveries.length + 1}`;
      deliveries.push({ ...delivery, load, where, drawnBy: [] });
      return {
        load,
        sha256: sha256(file.bytes),
        size: file.bytes.length,
        content: file.content,
        path: file.path,
        read: () => file.stream?.() ?? Readable.from([file.bytes]),
      } satisfies Opened;
    },
    async sent(load, bytes) {
      const delivery = deliveries.find((each) => each.load === load);
      if (delivery) delivery.sent = bytes;
    },
    async drawn(session, load) {
      deliveries.find((each) => each.load === load)?.drawnBy.push(session);
    },
    async command(_request, command) {
      commands.push(command);
      return refusal('release.state', 'Not now.', 'Later.');
    },
    async log(line) {
      lines.push(line);
    },
    reading: () => false,
    workspaces: async () => [],
    requestsOf: async () => [],
    queue: async () => ({ mine: [], open: [], returned: [], releasing: [] }),
    precision: async () => [],
    decisionFigures: async () => undefined,
    auditLog: async () => refusal('airlock.not-auditor', 'Not yours to see.'),
    operations: async () => refusal('airlock.not-operator', 'Not yours to see.'),
    listing: async () => refusal('airlock.unknown', 'There is no such workspace.'),
    request: async () => refusal('airlock.unknown', 'There is no such request.'),
    ...over,
  };
  const room = new Proxy(said as AirlockRoom, {
    get(target, name) {
      if (name in target) return target[name as keyof AirlockRoom];
      throw new Error(`the test's room does not answer ${String(name)}`);
    },
  });
  return { ...double, room };
}
