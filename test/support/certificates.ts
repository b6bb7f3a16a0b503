import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { canRun } from './find-command.js';

export const certificatesCanBeMade = canRun(
  'the tests of TLS',
  spawnSync('openssl', ['version']).status === 0 ? undefined : 'openssl was not found',
);

/** PEM files: an authority, and what it vouches for: a server on 127.0.0.1 and a client. */
export interface CertificateFiles {
  readonly ca: string;
  readonly server: { readonly cert: string; readonly key: string };
  readonly client: { readonly cert: string; readonly key: string };
}

/** Makes an authority of its own, which nobody else trusts, for two days. */
export function makeCertificates(directory: string): CertificateFiles {
  const at = (name: string): string => join(directory, name);
  const openssl = (...words: string[]): void => {
    const { status, stderr } = spawnSync('openssl', words, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`openssl ${words.join(' ')}: ${stderr}`);
  };
  const newKey = ['-newkey', 'rsa:2048', '-nodes'];
  openssl(
    ...['req', '-x509', ...newKey, '-days', '2', '-subj', '/CN=test authority'],
    ...['-keyout', at('ca.key'), '-out', at('ca.pem')],
  );
  writeFileSync(at('names'), 'subjectAltName=IP:127.0.0.1\n');
  const signed = (name: string): { cert: string; key: string } => {
    const [cert, key, request] = [at(`${name}.pem`), at(`${name}.key`), at(`${name}.csr`)];
    openssl('req', ...newKey, '-subj', `/CN=${name}`, '-keyout', key, '-out', request);
    openssl(
      ...['x509', '-req', '-days', '2', '-in', request, '-out', cert, '-extfile', at('names')],
      ...['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial'],
    );
    return { cert, key };
  };
  return { ca: at('ca.pem'), server: signed('server'), client: signed('client') };
}

/** The client's side of them, as `tls.connect` takes it. */
export function clientTls({ ca, client }: CertificateFiles): { ca: Buffer; cert: Buffer; key: Buffer } {
  return { ca: readFileSync(ca), cert: readFileSync(client.cert), key: readFileSync(client.key) };
}
