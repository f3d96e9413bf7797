/** The values of a parameter in a raw query, decoded. */
export function parameterValues(query: string, name: string): string[] {
  return partsOf(query)
    .map((part) => new URLSearchParams(part))
    .flatMap((part) => part.getAll(name))
}

/** The query without a parameter, everything else as it was. */
export function withoutParameter(query: string, name: string): string {
  const kept = partsOf(query).filter((part) => !new URLSearchParams(part).has(name))
  return kept.length > 0 ? `?${kept.join('&')}` : ''
}

function partsOf(query: string): string[] {
  return query === '' ? [] : query.slice(1).split('&')
}
