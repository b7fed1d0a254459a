/** An authority of the test's own and certificates for host names, written by hand in DER: no openssl is needed. */
import { generateKeyPairSync, randomBytes, sign, X509Certificate, type KeyObject } from 'node:crypto';
import { isIP } from 'node:net';

export interface Certificate {
  cert: string;
  key: string;
}

export interface Authority {
  /** PEM, for NODE_EXTRA_CA_CERTS and git. */
  cert: string;
  issue(...names: string[]): Certificate;
  /** A list, in PEM, of certificates that it takes back; good until the year 2049, or this time (`YYMMDDHHMMSSZ`). */
  withdraw(certs: readonly string[], until?: string): string;
}

export function newAuthority(own = 'sallyport test authority'): Authority {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = called(own);
  const isAuthority = extension([0x55, 0x1d, 0x13], sequence(der(0x01, Buffer.from([0xff]))), true);
  // keyCertSign and cRLSign: without them clients refuse the chain.
  const signs = extension([0x55, 0x1d, 0x0f], der(0x03, Buffer.from([1, 0x06])), true);
  const cert = certificate({
    name,
    publicKey,
    issuer: name,
    signer: privateKey,
    extensions: [isAuthority, signs],
  });
  return {
    cert,
    withdraw: (certs, until = '491231235959Z') => withdrawn(certs, until, name, privateKey),
    issue(...names) {
      const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const places = sequence(...names.map(place));
      return {
        cert: certificate({
          name: called(names[0] ?? 'nobody'),
          publicKey: pair.publicKey,
          issuer: name,
          signer: privateKey,
          extensions: [extension([0x55, 0x1d, 0x11], places)],
        }),
        key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
      };
    },
  };
}

function certificate(of: {
  name: Buffer;
  publicKey: KeyObject;
  issuer: Buffer;
  signer: KeyObject;
  extensions: Buffer[];
}): string {
  const serial = randomBytes(8);
  // Positive, and no leading zero.
  serial.writeUInt8((serial.readUInt8(0) & 0x7f) | 0x40, 0);
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    ALGORITHM,
    of.issuer,
    sequence(time('250101000000Z'), time('491231235959Z')),
    of.name,
    of.publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...of.extensions)),
  );
  return signed('CERTIFICATE', body, of.signer);
}

function withdrawn(certs: readonly string[], until: string, issuer: Buffer, signer: KeyObject): string {
  const entries = certs.map((cert) => {
    const serial = Buffer.from(new X509Certificate(cert).serialNumber, 'hex');
    return sequence(der(0x02, serial), time('250201000000Z'));
  });
  const body = sequence(
    der(0x02, Buffer.from([1])),
    ALGORITHM,
    issuer,
    time('250101000000Z'),
    time(until),
    ...(entries.length > 0 ? [sequence(...entries)] : []),
  );
  return signed('X509 CRL', body, signer);
}

function signed(kind: string, body: Buffer, signer: KeyObject): string {
  const signature = der(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', body, signer)]));
  const base64 = sequence(body, ALGORITHM, signature).toString('base64');
  return `-----BEGIN ${kind}-----\n${(base64.match(/.{1,64}/g) ?? []).join('\n')}\n-----END ${kind}-----\n`;
}

const place = (name: string): Buffer =>
  isIP(name) === 4
    ? der(0x87, Buffer.from(name.split('.').map(Number)))
    : der(0x82, Buffer.from(name, 'ascii'));

const called = (name: string): Buffer =>
  sequence(der(0x31, sequence(oid([0x55, 0x04, 0x03]), der(0x0c, Buffer.from(name)))));

const extension = (id: number[], value: Buffer, critical = false): Buffer =>
  sequence(oid(id), ...(critical ? [der(0x01, Buffer.from([0xff]))] : []), der(0x04, value));

function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const size = content.length;
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

const sequence = (...parts: Buffer[]): Buffer => der(0x30, ...parts);
const oid = (bytes: number[]): Buffer => der(0x06, Buffer.from(bytes));
const time = (text: string): Buffer => der(0x17, Buffer.from(text));
/** ECDSA with SHA-256. */
const ALGORITHM = sequence(oid([0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]));
