/** A passkey in plain code: makes and answers what a browser's authenticator would, ES256 and no attestation. */
import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server';

const url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
const digest = (bytes: string | Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

/** User present, user verified; and, when the key is made, its data follows. */
const SEEN = 0x05;
const WITH_KEY = 0x40;

export class SoftPasskey {
  readonly id = url(randomBytes(16));
  readonly #origin: string;
  readonly #key: KeyObject;
  readonly #cose: Buffer;
  #count = 0;

  /** For the viewer at this origin. */
  constructor(origin: string) {
    this.#origin = origin;
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#key = privateKey;
    const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
    // {1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y}
    this.#cose = Buffer.concat([
      Buffer.from('a5010203262001215820', 'hex'),
      Buffer.from(x, 'base64url'),
      Buffer.from('225820', 'hex'),
      Buffer.from(y, 'base64url'),
    ]);
  }

  register({ challenge }: PublicKeyCredentialCreationOptionsJSON): RegistrationResponseJSON {
    const id = Buffer.from(this.id, 'base64url');
    const data = Buffer.concat([
      this.#head(SEEN | WITH_KEY),
      Buffer.alloc(16),
      Buffer.from([0, id.length]),
      id,
      this.#cose,
    ]);
    // {"fmt": "none", "attStmt": {}, "authData": data}
    const attestation = Buffer.concat([
      Buffer.from('a363666d74646e6f6e656761747453746d74a06861757468446174615900', 'hex'),
      Buffer.from([data.length]),
      data,
    ]);
    return {
      ...this.#named(),
      response: {
        clientDataJSON: url(this.#client('webauthn.create', challenge)),
        attestationObject: url(attestation),
        transports: ['internal'],
      },
    };
  }

  answer({ challenge }: PublicKeyCredentialRequestOptionsJSON): AuthenticationResponseJSON {
    const client = this.#client('webauthn.get', challenge);
    const data = this.#head(SEEN);
    const signature = sign('sha256', Buffer.concat([data, digest(client)]), this.#key);
    return {
      ...this.#named(),
      response: { clientDataJSON: url(client), authenticatorData: url(data), signature: url(signature) },
    };
  }

  #named() {
    return { id: this.id, rawId: this.id, type: 'public-key' as const, clientExtensionResults: {} };
  }

  #client(type: string, challenge: string): Buffer {
    return Buffer.from(JSON.stringify({ type, challenge, origin: this.#origin, crossOrigin: false }));
  }

  #head(flags: number): Buffer {
    this.#count += 1;
    const count = Buffer.alloc(4);
    count.writeUInt32BE(this.#count);
    return Buffer.concat([digest(new URL(this.#origin).hostname), Buffer.from([flags]), count]);
  }
}
