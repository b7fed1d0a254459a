/** What is done by time: orders nobody answered, sign-ins nobody finished. */
import { expireOrders } from './orders.ts';
import { forgetSignIns } from './sign-ins.ts';
import type { OutputsDeps } from './types.ts';

export async function sweepOutputs(deps: OutputsDeps): Promise<{ expired: number }> {
  const expired = await expireOrders(deps);
  if (expired > 0)
    deps.logger.error({ code: 'order.expired', expired }, 'Orders expired: their airlock did not answer');
  await forgetSignIns(deps);
  return { expired };
}
