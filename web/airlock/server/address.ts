import type { Request } from 'express';

/** As the connection says. No header is believed; a proxy in front is the same for both origins. */
export function addressOf(request: Request): string {
  return request.socket.remoteAddress ?? '';
}
