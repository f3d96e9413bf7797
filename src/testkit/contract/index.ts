/**
 * `postern/test` at a desk: the types, and a word to who runs tests without a gateway. `postern plugin test` puts the real
 * one in its place.
 */
import type { TestGateway, TestGatewayOptions } from './types.ts'

export type * from './types.ts'

/**
 * Why tests with a gateway cannot run here; `false` where they can.
 *
 * @example
 * test('the upstream receives Foo: Bar', { skip }, async () => { … })
 */
export const skip: false | string = 'it needs a gateway: run it by `postern plugin test`'

/**
 * Opens a gateway that runs the real chain in this process, without a port.
 *
 * @example
 * await using gw = await gateway({
 *   definition: { custom_middleware: { pre: [{ name: 'AddFooBarHeader' }] } },
 *   plugins: { 'plugin.js': plugin },
 * })
 * const response = await gw.fetch('/get')
 */
export async function gateway(_options?: TestGatewayOptions): Promise<TestGateway> {
  throw new Error('A gateway runs in tests that `postern plugin test` has started; with plain Node, skip them by `skip`')
}
