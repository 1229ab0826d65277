const NEEDED = 24;

/** @throws Error on a Node that is too old: npm ci brings the right one, and npm's own commands find it first. */
export function requireNode(): void {
  const major = Number(process.versions.node.split('.')[0]);
  if (major >= NEEDED) return;
  const error = new Error(
    `Node ${process.versions.node} is too old for Luodi. npm ci has installed Node ${NEEDED} beside it: start Luodi with ` +
      'npm run demo, npm start, npm run luodi -- …, or npx luodi …',
  );
  error.name = 'UsageError';
  throw error;
}
