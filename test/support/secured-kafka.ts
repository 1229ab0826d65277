import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KafkaCluster, startKafka } from './kafka-cluster';

export interface SecuredKafka {
  brokers: string[];
  /** Path of the certificate that signs the broker's, a PEM file. */
  ca: string;
  stop(): Promise<void>;
}

/** The password of the one user that is let in, `luodi`. */
export const SECRET = 'correct-horse';

/** A broker that lets in who comes encrypted, and as `luodi` with the password or with a token. */
export async function startSecuredKafka(): Promise<SecuredKafka> {
  const folder = mkdtempSync(join(tmpdir(), 'luodi-tls-'));
  const ca = join(folder, 'cert.pem');
  const remove = () => rmSync(folder, { recursive: true, force: true });
  let cluster: KafkaCluster;
  try {
    cluster = await startKafka({
      clientProtocol: 'SASL_SSL',
      scramUsers: ['SCRAM-SHA-256', 'SCRAM-SHA-512'].map((mechanism) => `${mechanism}=[name=luodi,password=${SECRET}]`),
      properties: { ...saslProperties(), ...tlsProperties(folder, ca) },
    });
  } catch (error) {
    remove();
    throw error;
  }
  return { brokers: cluster.brokers, ca, stop: () => cluster.stop().finally(remove) };
}

function saslProperties(): Record<string, string> {
  const module = 'org.apache.kafka.common.security';
  const name = 'listener.name.client';
  return {
    [`${name}.sasl.enabled.mechanisms`]: 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
    [`${name}.plain.sasl.jaas.config`]: `${module}.plain.PlainLoginModule required user_luodi="${SECRET}";`,
    [`${name}.scram-sha-256.sasl.jaas.config`]: `${module}.scram.ScramLoginModule required;`,
    [`${name}.scram-sha-512.sasl.jaas.config`]: `${module}.scram.ScramLoginModule required;`,
    // Takes tokens that nobody has signed: for tests alone.
    [`${name}.oauthbearer.sasl.jaas.config`]: `${module}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";`,
  };
}

function tlsProperties(folder: string, cert: string): Record<string, string> {
  const key = join(folder, 'key.pem');
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'];
  const names = ['-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'];
  execFileSync('openssl', [...request, ...names, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  const store = join(folder, 'store.pem');
  writeFileSync(store, readFileSync(key, 'utf8') + readFileSync(cert, 'utf8'));
  return {
    'listener.name.client.ssl.keystore.type': 'PEM',
    'listener.name.client.ssl.keystore.location': store,
  };
}
