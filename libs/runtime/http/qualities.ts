/** The entries of an `Accept` or `Accept-Language` header in small letters, each with its quality from 0 to 1 (RFC 9110, 12.4.2). */
export function qualities(header: string | undefined): { value: string; quality: number }[] {
  return (header ?? '')
    .slice(0, 1_000)
    .split(',')
    .map((part) => {
      const [value = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase());
      const written = parameters.find((parameter) => parameter.startsWith('q='));
      return { value, quality: written ? Number(written.slice(2)) : 1 };
    });
}
