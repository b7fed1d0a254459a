/** One request, sent and read to its end, or to where it was broken off. */
import { once } from 'node:events';
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http';

export interface Answered {
  status: number | undefined;
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** The connection ended before the answer did. */
  broken: boolean;
}

export async function answered(asked: ClientRequest, sent?: string): Promise<Answered> {
  asked.on('error', () => undefined);
  asked.end(sent);
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  let broken = false;
  try {
    for await (const chunk of response) chunks.push(chunk as Buffer);
  } catch {
    broken = true;
  }
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks), broken };
}
