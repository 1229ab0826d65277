import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { canonicalJson } from './canonical-json';

describe('canonicalJson', () => {
  it('is what RFC 8785 says, for any JSON value', () => {
    const names = fc.oneof(
      fc.string(),
      fc.nat({ max: 20 }).map(String),
      fc.constantFrom('__proto__', 'toString', 'é', '€'),
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.oneof(fc.string({ unit: 'binary' }), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer()),
        fc.constantFrom(null, true, false),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(names, tie('value'), { maxKeys: 6 }),
      ),
    }));
    fc.assert(
      fc.property(value, (json) => {
        expect(canonicalJson(json)).toBe(canonicalize(json));
      }),
      { numRuns: 2_000 },
    );
  });

  it('is the example of RFC 8785, section 3.2.2', () => {
    const value = {
      numbers: [333333333.3333333, 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/',
      literals: [null, true, false],
    };
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it('orders names that are numbers as texts', () => {
    expect(canonicalJson({ b: 1, 9: { 2: 'x', 10: 'y' }, 10: 2 })).toBe('{"10":2,"9":{"10":"y","2":"x"},"b":1}');
  });

  it('leaves out what is undefined, and refuses what JSON cannot say', () => {
    expect(canonicalJson({ a: undefined, b: [1] })).toBe('{"b":[1]}');
    for (const value of [undefined, NaN, { a: Infinity }, [1n]]) expect(() => canonicalJson(value)).toThrow(TypeError);
  });
});
