import assert from 'node:assert/strict'

/** One line of what Prometheus is told. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** What a port for Prometheus says, read as Prometheus reads it; fails on what it would not take. */
export class Scrape {
  readonly samples: readonly Sample[]
  readonly types: ReadonlyMap<string, string>

  constructor(text: string) {
    const types = new Map<string, string>()
    const samples: Sample[] = []
    const seen = new Set<string>()
    assert.ok(text.endsWith('\n'))
    for (const line of text.trimEnd().split('\n')) {
      if (line.startsWith('# HELP ')) continue
      const type = /^# TYPE (\w+) (counter|gauge|histogram)$/.exec(line)
      if (type) {
        assert.ok(!types.has(type[1] as string), `${type[1]} has one type`)
        types.set(type[1] as string, type[2] as string)
        continue
      }
      const found = /^(\w+)(?:\{(.*)\})? (-?[\d.e+-]+)$/.exec(line)
      assert.ok(found, `a sample: ${line}`)
      const [, name = '', labels = '', value] = found
      assert.ok(types.has(name.replace(/_(bucket|sum|count)$/, '')) || types.has(name), `${name} has a type`)
      assert.ok(!seen.has(`${name}{${labels}}`), `once: ${line}`)
      seen.add(`${name}{${labels}}`)
      samples.push({ name, labels: readLabels(labels), value: Number(value) })
    }
    this.samples = samples
    this.types = types
  }

  /** The sum of the samples with these labels; undefined where there is none. */
  value(name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
    const found = this.samples.filter(
      (sample) => sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
    )
    return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0)
  }
}

function readLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {}
  const rest = text.replaceAll(/(\w+)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/g, (_, name, value) => {
    labels[name] = value.replaceAll(/\\(.)/g, (_: string, escaped: string) => (escaped === 'n' ? '\n' : escaped))
    return ''
  })
  assert.equal(rest, '', `labels: ${text}`)
  return labels
}

export async function scrape(port: number, path = '/metrics'): Promise<Scrape> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`)
  assert.equal(response.status, 200)
  assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
  return new Scrape(await response.text())
}
