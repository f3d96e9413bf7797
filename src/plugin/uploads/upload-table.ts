import * as z from 'zod'

/** An artifact that was uploaded under a name, for the gateways of one version. */
export const uploadSchema = z.strictObject({
  name: z.string().describe('Definitions name it `upload://<name>`'),
  gateway: z.string().describe('The version of the gateways that load it'),
  sha256: z.string().describe('Of its file as it was uploaded'),
  size: z.int().describe('In bytes'),
  plugin: z.strictObject({ name: z.string(), version: z.string() }).describe('As its stamp has it'),
  uploaded_at: z.string().describe('ISO 8601'),
})

export type Upload = z.infer<typeof uploadSchema>

/** What is uploaded, as it is stored: one value, so that it changes in one step. */
export const uploadTableSchema = z.array(uploadSchema)

export type UploadTable = readonly Upload[]

/** The upload that gateways of this version have under a name. */
export function findUpload(table: UploadTable, name: string, gateway: string): Upload | undefined {
  return table.find((upload) => upload.name === name && upload.gateway === gateway)
}

/**
 * The table with an upload in place of what its name had. Beside it the newest for another version stays, so that gateways of two
 * versions can share a store while one takes the place of the other.
 */
export function withUpload(table: UploadTable, added: Upload): UploadTable {
  const others = table.filter(({ name, gateway }) => name === added.name && gateway !== added.gateway)
  const newest = others.toSorted((a, b) => a.uploaded_at.localeCompare(b.uploaded_at)).slice(-1)
  return [...table.filter(({ name }) => name !== added.name), ...newest, added].toSorted(inOrder)
}

export function withoutUpload(table: UploadTable, name: string): UploadTable {
  return table.filter((upload) => upload.name !== name)
}

function inOrder(a: Upload, b: Upload): number {
  return a.name.localeCompare(b.name) || a.gateway.localeCompare(b.gateway)
}
