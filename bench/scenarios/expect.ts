import type { Gateway } from '../postern.ts'
import { measuredPath, reportedHeaders, seenPath } from '../server.ts'

/** Fails where what a scenario is about did not happen. */
export function expectEqual(gateway: Gateway, what: string, found: unknown, expected: unknown): void {
  if (found !== expected) throw new Error(`Check "${gateway.name}" failed: ${what} is ${show(found)}, expected ${show(expected)}`)
}

export function expectThat(gateway: Gateway, what: string, holds: boolean, found: unknown): void {
  if (!holds) throw new Error(`Check "${gateway.name}" failed: expected ${what}, found ${show(found)}`)
}

/** Headers that must have reached the upstream. */
export async function expectUpstreamSees(
  gateway: Gateway,
  headers: Readonly<Record<string, string>>,
  sent: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { body } = await gateway.ask(seenPath, { headers: sent })
  const values = body.split('\n')
  for (const [name, value] of Object.entries(headers)) {
    expectEqual(gateway, `the upstream's ${name}`, values[reportedHeaders.indexOf(name)], value)
  }
}

/** Headers that the client must get. */
export async function expectClientSees(gateway: Gateway, headers: Readonly<Record<string, string>>): Promise<void> {
  const reply = await gateway.ask(measuredPath)
  for (const [name, value] of Object.entries(headers)) {
    expectEqual(gateway, `the client's ${name}`, reply.headers[name.toLowerCase()], value)
  }
}

export async function expectStatus(gateway: Gateway, path: string, status: number): Promise<void> {
  expectEqual(gateway, `the status of ${path}`, (await gateway.ask(path)).status, status)
}

function show(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 500) ?? String(value)
}
