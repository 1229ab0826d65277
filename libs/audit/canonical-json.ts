import canonicalize from 'canonicalize';

/**
 * Canonical JSON, RFC 8785: names in the order of their UTF-16 code units, no white space, texts and numbers as ECMAScript
 * writes them. Undefined properties do not exist. Every event is written so twice; ordering the names and leaving the text
 * to the engine takes little more than half as long as the library, which is left with what objects cannot keep in order.
 * @throws TypeError for what JSON cannot say
 */
export function canonicalJson(value: unknown): string {
  const walk = { keepsOrder: true };
  const ordered = inOrder(value, walk);
  const text = walk.keepsOrder ? JSON.stringify(ordered) : canonicalize(value);
  if (text === undefined) throw new TypeError('only JSON values have a canonical form');
  return text;
}

function inOrder(value: unknown, walk: { keepsOrder: boolean }): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError(`JSON has no ${value}`);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => inOrder(item, walk));
  const ordered: Record<string, unknown> = {};
  for (const name of Object.keys(value).sort()) {
    // An object has its numbers before its words, in their own order; `__proto__` is no property to assign to.
    if (BEGINS_WITH_DIGIT.test(name) || name === '__proto__') walk.keepsOrder = false;
    ordered[name] = inOrder((value as Record<string, unknown>)[name], walk);
  }
  return ordered;
}

const BEGINS_WITH_DIGIT = /^\d/;
