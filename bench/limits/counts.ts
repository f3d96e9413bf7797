/** How many times fall within a stretch, its beginning included. */
export function within(times: readonly number[], from: number, milliseconds: number): number {
  return times.filter((time) => time >= from && time < from + milliseconds).length
}

/** The most times that any stretch of this length has. */
export function busiest(times: readonly number[], milliseconds: number): number {
  let most = 0
  let first = 0
  for (const [last, time] of times.entries()) {
    while ((times[first] as number) <= time - milliseconds) first += 1
    most = Math.max(most, last - first + 1)
  }
  return most
}
