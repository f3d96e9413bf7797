/** Writes docs/conformance.md from the rows that are held to their cases: `node scripts/docs-conformance.ts`. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chosenDifferences } from '../test/conformance/differences.ts'
import type { Row, Section, Verdict } from '../test/conformance/row.ts'
import { sections } from '../test/conformance/rows.ts'

const heading = `# Conformance

Written by \`node scripts/docs-conformance.ts\`; a test compares the two.

How the gateway compares with Tyk's, fact by fact, for what both have. Each row names the steps of [cases](../test/cases/README.md), and the tests, that
show it by HTTP. A row with a status and a message is shown by a step that expects the status, the \`Content-Type\` and the body of the error, white space included.
What differs on purpose is described in [differences.md](differences.md#where-the-gateway-does-something-else), with the reason.
`

/** The text of docs/conformance.md. */
export function conformanceReference(): string {
  return [heading, summary(), ...sections.map(sectionText)].join('\n')
}

function summary(): string {
  const rows = sections.flatMap(({ rows }) => rows)
  const count = (kind: Verdict['kind']) => rows.filter(({ verdict }) => verdict.kind === kind).length
  return `${rows.length} rows: ${count('same')} the same, ${count('differs')} different on purpose, ${count('not there')} not there.\n`
}

function sectionText({ number, title, rows }: Section): string {
  const lines = rows.map((row) => `| ${row.what} | ${answerText(row)} | ${verdictText(row.verdict)} | ${shownText(row)} |`)
  return `## ${number} ${title}\n\n| what | answer | | shown by |\n|---|---|---|---|\n${lines.join('\n')}\n`
}

function answerText({ answer }: Row): string {
  return answer ? `${answer.status} \`${answer.message}\`` : ''
}

function verdictText(verdict: Verdict): string {
  if (verdict.kind === 'same') return 'same'
  if (verdict.kind === 'not there') return `not there: ${verdict.reason}`
  return `differs: ${chosenDifferences[verdict.difference].here}`
}

function shownText({ shown }: Row): string {
  return shown.map(linkTo).join('<br>')
}

function linkTo(evidence: string): string {
  const [, place = '', title = ''] = /^(.+?): (.*)$/s.exec(evidence) ?? []
  const target = place.startsWith('test/') ? place : `test/cases/${place}/case.json`
  return `[${place.replace(/^test\//, '')}](../${target}): ${title.replaceAll('|', '\\|')}`
}

if (import.meta.main) writeFileSync(join(import.meta.dirname, '../docs/conformance.md'), conformanceReference())
