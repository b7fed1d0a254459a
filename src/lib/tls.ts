/** Whether this process speaks TLS as it must: certificates are checked, and nothing older than TLS 1.2 is spoken. */
import { DEFAULT_MIN_VERSION } from 'node:tls';
import { refusal, type Refusal } from './refusal.ts';

/** Environment and command line can loosen both for a whole process: then it does not start. */
export function tlsRefusal(
  env: Readonly<Record<string, string | undefined>>,
  oldest: string = DEFAULT_MIN_VERSION,
): Refusal | undefined {
  if (env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0') {
    return refusal(
      'tls.unchecked',
      'NODE_TLS_REJECT_UNAUTHORIZED=0 would let anybody pass for GitHub or for the hub.',
      'Unset it; name a certificate authority of your own in NODE_EXTRA_CA_CERTS.',
    );
  }
  if (['TLSv1.2', 'TLSv1.3'].includes(oldest)) return undefined;
  return refusal(
    'tls.too-old',
    `This process would speak ${oldest}.`,
    'Take --tls-min-v1.0 or --tls-min-v1.1 out of NODE_OPTIONS.',
  );
}
