import type { Results, Row } from './results.ts'

const bar = { height: 16, gap: 4, left: 330, width: 420 }
const rowHeight = 2 * bar.height + bar.gap + 18
const colours = { rate: '#2f6f9f', cpu: '#c77d2e', line: '#888', text: '#222' }

/** Two bars for each row, request rate and CPU time for each request, both as ratios to what it was compared with. */
export function drawChart({ rows: own, peers, date, machine }: Results): string {
  const rows = [...own, ...peers]
  const largest = Math.max(1.2, ...rows.flatMap(({ rate, cpu }) => [rate.high, cpu?.high ?? 0]))
  const scale = bar.width / largest
  const height = 70 + rows.length * rowHeight
  const one = bar.left + scale
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${bar.left + bar.width + 70}" height="${height}" font-family="sans-serif" font-size="12" fill="${colours.text}">
<title>Postern against the plain proxy</title>
<rect width="100%" height="100%" fill="#fff"/>
<text x="10" y="20" font-size="14">Postern and others against the plain proxy, or what the label says (1 = the same)</text>
<text x="10" y="38" fill="${colours.line}">${escapeXml(`${machine.cpu}, Node ${machine.node}, ${date.slice(0, 10)}, ${machine.commit}`)}</text>
<text x="${bar.left}" y="56" fill="${colours.rate}">request rate, more is better</text>
<text x="${bar.left + 200}" y="56" fill="${colours.cpu}">CPU time a request, less is better</text>
${rows.map((row, i) => drawRow(row, 66 + i * rowHeight, scale)).join('\n')}
<line x1="${one}" x2="${one}" y1="62" y2="${height - 6}" stroke="${colours.line}" stroke-dasharray="4 3"/>
</svg>
`
}

function drawRow({ name, headers, against, rate, cpu }: Row, top: number, scale: number): string {
  const other = against === 'plain proxy' ? '' : ` (1 = ${escapeXml(against)})`
  const label = `<text x="10" y="${top + bar.height + 2}">${escapeXml(name)}, ${headers} header${headers === 1 ? '' : 's'}${other}</text>`

  const bars = [rate, cpu].map((ratio, i) => {
    if (ratio === null) return ''
    const { median, low, high } = ratio
    const y = top + i * (bar.height + bar.gap)
    const middle = y + bar.height / 2
    const x = (ratio: number) => (bar.left + ratio * scale).toFixed(1)
    return `<rect x="${bar.left}" y="${y}" width="${(median * scale).toFixed(1)}" height="${bar.height}" fill="${i === 0 ? colours.rate : colours.cpu}"/>
<line x1="${x(low)}" x2="${x(high)}" y1="${middle}" y2="${middle}" stroke="#000"/>
<text x="${(Number(x(Math.max(median, high))) + 6).toFixed(1)}" y="${middle + 4}">${median.toFixed(2)}</text>`
  })
  return [label, ...bars].join('\n')
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
