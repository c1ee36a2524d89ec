import { Readable } from 'node:stream'
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { DataStore, ERRORS, Upload } from '@tus/server'
import { z } from 'zod'

/** What is kept of a body in memory before it is stored: as much as the widget sends at once. */
const PIECE_BYTES = 5 * 1024 * 1024
const OFFSET_DIGITS = 12

const infoSchema = z.object({
  size: z.number(),
  metadata: z.record(z.string(), z.string()),
  createdAt: z.string(),
})
type Piece = { key: string; size: number }

/**
 * Uploads in an S3-compatible bucket, each in pieces of its own: `<id>/info` and `<id>/<offset>`. Only
 * plain objects are written, which every such store knows, and none is ever half there.
 */
export class BucketStore extends DataStore {
  override readonly extensions = ['creation', 'termination']
  private readonly client: S3Client
  private readonly bucket: string

  /**
   * @param url `s3://<bucket>?endpoint=…&region=…`; the keys come from where the AWS SDK looks for
   * them, such as `AWS_ACCESS_KEY_ID`
   */
  constructor(url: URL) {
    super()
    this.bucket = url.host
    const endpoint = url.searchParams.get('endpoint')
    this.client = new S3Client({
      region: url.searchParams.get('region') ?? 'us-east-1',
      ...(endpoint === null ? {} : { endpoint, forcePathStyle: true }),
      // Checksums at the end of a body are Amazon's own; others refuse them.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    })
  }

  override async create(upload: Upload): Promise<Upload> {
    const { id, size, metadata } = upload
    const info = { size, metadata, createdAt: new Date().toISOString() }
    await this.put(`${id}/info`, Buffer.from(JSON.stringify(info)))
    return upload
  }

  override async getUpload(id: string): Promise<Upload> {
    const stored = await this.get(`${id}/info`)
    if (!stored) throw ERRORS.FILE_NOT_FOUND
    const chunks: Uint8Array[] = []
    for await (const chunk of stored as AsyncIterable<Uint8Array>) chunks.push(chunk)
    const info = infoSchema.parse(JSON.parse(Buffer.concat(chunks).toString()))
    const pieces = await this.pieces(id)
    return new Upload({
      id,
      size: info.size,
      offset: pieces.reduce((sum, piece) => sum + piece.size, 0),
      metadata: info.metadata,
      creation_date: info.createdAt,
    })
  }

  /** @returns the new offset: all that came, also when the line broke in its midst */
  override async write(source: Readable, id: string, offset: number): Promise<number> {
    let at = offset
    let waiting: Uint8Array[] = []
    let bytes = 0
    const flush = async () => {
      if (bytes === 0) return
      await this.put(`${id}/${String(at).padStart(OFFSET_DIGITS, '0')}`, Buffer.concat(waiting))
      at += bytes
      waiting = []
      bytes = 0
    }
    for await (const chunk of source as AsyncIterable<Uint8Array>) {
      waiting.push(chunk)
      bytes += chunk.length
      if (bytes >= PIECE_BYTES) await flush()
    }
    await flush()
    return at
  }

  /** @returns null when nothing is there */
  async read(id: string): Promise<Readable | null> {
    const pieces = await this.pieces(id)
    return pieces.length === 0 ? null : Readable.from(this.contents(pieces))
  }

  override async remove(id: string): Promise<void> {
    const keys = [`${id}/info`, ...(await this.pieces(id)).map(piece => piece.key)]
    await this.client.send(
      new DeleteObjectsCommand({
        Bucket: this.bucket,
        Delete: { Objects: keys.map(Key => ({ Key })), Quiet: true },
      }),
    )
  }

  /** Lists one object: that the bucket is there and the keys are good. */
  async check(): Promise<void> {
    await this.client.send(new ListObjectsV2Command({ Bucket: this.bucket, MaxKeys: 1 }))
  }

  private async *contents(pieces: readonly Piece[]): AsyncGenerator<Uint8Array> {
    for (const { key } of pieces) {
      const content = await this.get(key)
      if (!content) throw new Error('A piece of a stored file is gone')
      yield* content as AsyncIterable<Uint8Array>
    }
  }

  /** In the order of their offsets, by which they are named. A file of ours has 20 or a few more. */
  private async pieces(id: string): Promise<Piece[]> {
    const pieces: Piece[] = []
    let token: string | undefined
    do {
      const page = await this.client.send(
        new ListObjectsV2Command({
          Bucket: this.bucket,
          Prefix: `${id}/`,
          ...(token === undefined ? {} : { ContinuationToken: token }),
        }),
      )
      for (const { Key, Size } of page.Contents ?? []) {
        if (Key && !Key.endsWith('/info')) pieces.push({ key: Key, size: Size ?? 0 })
      }
      token = page.NextContinuationToken
    } while (token !== undefined)
    return pieces.toSorted((a, b) => (a.key < b.key ? -1 : 1))
  }

  private async put(key: string, body: Buffer): Promise<void> {
    await this.client.send(new PutObjectCommand({ Bucket: this.bucket, Key: key, Body: body }))
  }

  private async get(key: string): Promise<Readable | null> {
    try {
      const found = await this.client.send(new GetObjectCommand({ Bucket: this.bucket, Key: key }))
      return found.Body instanceof Readable ? found.Body : null
    } catch (error) {
      if (error instanceof NoSuchKey) return null
      throw error
    }
  }
}
