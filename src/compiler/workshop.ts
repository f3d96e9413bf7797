import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RepeatedBundler } from './bundler.ts'
import type { CompilerOptions } from './tsconfig.ts'

/** What is kept from one build of a plugin to the next, so that what has not changed need not be done again. */
export class Workshop {
  /** Where every build is staged: what is kept goes by paths. One build at a time. */
  readonly root: string
  readonly bundler = new RepeatedBundler()
  /** What TypeScript makes of the text of a tsconfig.json. */
  readonly compilerOptions = new Map<string, CompilerOptions>()

  private constructor(root: string) {
    this.root = root
  }

  static async open(): Promise<Workshop> {
    return new Workshop(await mkdtemp(join(await realpath(tmpdir()), 'postern-compile-')))
  }

  async close(): Promise<void> {
    await this.bundler.close()
    await rm(this.root, { recursive: true, force: true })
  }
}
