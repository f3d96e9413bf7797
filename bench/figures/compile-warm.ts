/** `node bench/figures/compile-warm.ts <source> <times>`: builds a plugin as `plugin dev` does at every save; the first build does not count. */
import { compileQuickly } from '../../src/compiler/compile-quickly.ts'
import { Workshop } from '../../src/compiler/workshop.ts'

const [source = '', times] = process.argv.slice(2)
const workshop = await Workshop.open()
try {
  for (let build = 0; build <= Number(times); build++) {
    const since = performance.now()
    const { close } = await compileQuickly({ source, workshop })
    if (build > 0) console.log(`built in ${(performance.now() - since).toFixed(1)} ms`)
    await close()
  }
} finally {
  await workshop.close()
}
