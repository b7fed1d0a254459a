/** Certificates that people bring: whether they are what the question asks for, said before anything starts with them. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { file, type Question } from './question.ts';

type Fault = NonNullable<Question['fault']>;

const CERTIFICATE = /-----BEGIN CERTIFICATE-----/;
const BLOCK = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

export const certificateBlocks = (pem: string): string[] => pem.match(BLOCK) ?? [];

/** A PEM file with certificates that can be read, the first of which still holds. */
export const certificate: Fault = (text, { now }) => {
  const wrong = file(CERTIFICATE)(text);
  if (wrong) return wrong;
  const [first] = certificatesIn(readFileSync(text, 'utf8'));
  if (!first) return `${text} holds no certificate that can be read.`;
  const until = Date.parse(first.validTo);
  return until < now
    ? `${text} is over since ${new Date(until).toISOString().slice(0, 10)}: renew it.`
    : undefined;
};

/** The private key of the certificate that the answer `id` names: a key of another one is found when TLS fails, and late. */
export function keyOf(id: string): Fault {
  return (text, { answers }) => {
    const wrong = file(/PRIVATE KEY-----/)(text);
    if (wrong) return wrong;
    const [own] = readIn(answers[id] ?? '');
    if (!own) return undefined;
    try {
      return own.checkPrivateKey(createPrivateKey(readFileSync(text)))
        ? undefined
        : `${text} is not the key of ${answers[id]}.`;
    } catch {
      return `${text} cannot be used: write it as PEM, without a passphrase.`;
    }
  };
}

/** Whether an authority of this PEM text signed one of the certificates that the file holds. */
export function isIssuedBy(place: string, authorities: string): boolean {
  const trusted = certificatesIn(authorities);
  return readIn(place).some((one) =>
    trusted.some((authority) => one.checkIssued(authority) && one.verify(authority.publicKey)),
  );
}

/** Nothing from a file that cannot be read: that is told where it is asked for. */
function readIn(place: string): X509Certificate[] {
  try {
    return certificatesIn(readFileSync(place, 'utf8'));
  } catch {
    return [];
  }
}

export function certificatesIn(pem: string): X509Certificate[] {
  return certificateBlocks(pem).flatMap((block) => {
    try {
      return [new X509Certificate(block)];
    } catch {
      return [];
    }
  });
}
