import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyInstance {
    /** Methods that some route takes at this path: none means 404, some of them 405 for the others. */
    methodsAt(path: string): string[];
  }
}

/** Remembers the routes as they are registered. The router itself can only say that method and path together lead nowhere. */
export function rememberMethods(fastify: FastifyInstance): void {
  const routes: { pattern: RegExp; methods: string[] }[] = [];
  fastify.addHook('onRoute', ({ url, method }) => {
    // A wildcard (the console's files, the middleware's catch-all) says nothing about any one address.
    if (!url.includes('*')) routes.push({ pattern: patternOf(url), methods: [method].flat() });
  });
  fastify.decorate('methodsAt', (path: string) => {
    const plain = path.replace(/(?<=.)\/$/, '');
    return [...new Set(routes.filter(({ pattern }) => pattern.test(plain)).flatMap(({ methods }) => methods))].sort();
  });
}

function patternOf(url: string): RegExp {
  const segments = url.split('/').map((segment) => (segment.startsWith(':') ? '[^/]+' : RegExp.escape(segment)));
  return new RegExp(`^${segments.join('/')}$`);
}
