import { execFileSync } from 'node:child_process';

/** A certificate of its own for 127.0.0.1, as PEM, by the `openssl` of the machine; valid for a day. */
export function selfSigned(): { certificate: string; key: string } {
  const arguments_ = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=double';
  const pem = execFileSync(
    'openssl',
    [...arguments_.split(' '), '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', '-', '-out', '-'],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const part = (label: string): string =>
    new RegExp(`-----BEGIN ${label}-----[^]*?-----END ${label}-----`, 'u').exec(pem)?.[0] ?? '';
  return { certificate: part('CERTIFICATE'), key: part('PRIVATE KEY') };
}
