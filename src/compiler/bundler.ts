import { type BuildContext, type BuildOptions, type BuildResult, build, context } from 'esbuild'
import { stubNativeFiles } from './native-addons.ts'

/** What a bundle is made with. */
export type BundlerOptions = BuildOptions & { readonly metafile: true; readonly write: false }
export type BundlerResult = BuildResult<{ metafile: true; write: false }>

/** Makes bundles. */
export interface Bundler {
  /**
   * @returns the bundle, and the native files that were stubbed in it
   * @throws esbuild's BuildFailure
   */
  build(options: BundlerOptions): Promise<{ readonly result: BundlerResult; readonly stubbed: ReadonlySet<string> }>
}

/** A bundler that keeps nothing. */
export const bundleOnce: Bundler = {
  async build(options) {
    const stubbed = new Set<string>()
    return { result: await build({ ...options, plugins: [stubNativeFiles(stubbed)] }), stubbed }
  },
}

/** A bundler that keeps what it has read: where most files stay as they are, the next bundle takes it half the time. */
export class RepeatedBundler implements Bundler {
  readonly #contexts = new Map<string, { readonly context: BuildContext<BundlerOptions>; readonly stubbed: Set<string> }>()

  async build(options: BundlerOptions) {
    const key = JSON.stringify(options)
    const { context, stubbed } = this.#contexts.get(key) ?? (await this.#open(key, options))
    stubbed.clear()
    return { result: await context.rebuild(), stubbed: new Set(stubbed) }
  }

  async #open(key: string, options: BundlerOptions) {
    const stubbed = new Set<string>()
    const opened = { context: await context({ ...options, plugins: [stubNativeFiles(stubbed)] }), stubbed }
    this.#contexts.set(key, opened)
    return opened
  }

  async close(): Promise<void> {
    await Promise.all([...this.#contexts.values()].map(({ context }) => context.dispose()))
    this.#contexts.clear()
  }
}
