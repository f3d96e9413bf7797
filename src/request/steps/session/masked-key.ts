/** A key as logs show it: its last four characters, as far as it has more than that. */
export function maskedKey(key: string): string {
  return key.length > 4 ? `****${key.slice(-4)}` : '****'
}
