/** What a browser says of a passkey: our script posts it as JSON in a field. Looked at, then verified by the library. */
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import { z } from 'zod';

const text = z.string().max(20_000);
const authentication = z.object({
  id: text,
  rawId: text,
  type: z.literal('public-key'),
  response: z.object({
    clientDataJSON: text,
    authenticatorData: text,
    signature: text,
    userHandle: text.optional(),
  }),
  clientExtensionResults: z.object({}),
});
const registration = z.object({
  id: text,
  rawId: text,
  type: z.literal('public-key'),
  response: z.object({
    clientDataJSON: text,
    attestationObject: text,
    transports: z.array(z.string().max(20)).max(10).optional(),
  }),
  clientExtensionResults: z.object({}),
});

const NOTHING = { id: '', rawId: '', type: 'public-key', clientExtensionResults: {} } as const;

/** What is no answer at all becomes one that verifies for nobody. */
export function parsedAnswer(json: string): AuthenticationResponseJSON {
  const parsed = authentication.safeParse(read(json));
  if (parsed.success) return parsed.data;
  return { ...NOTHING, response: { clientDataJSON: '', authenticatorData: '', signature: '' } };
}

export function parsedRegistration(json: string): RegistrationResponseJSON {
  const parsed = registration.safeParse(read(json));
  if (parsed.success) return parsed.data as RegistrationResponseJSON;
  return { ...NOTHING, response: { clientDataJSON: '', attestationObject: '' } };
}

function read(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
