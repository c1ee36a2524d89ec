import { mkdtemp, readdir, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import S3rver from 's3rver'

/** An S3-compatible store in this process. */
export type Bucket = {
  /** For `FILES_URL`. */
  url: string
  /** What the AWS SDK asks for. */
  environment: { AWS_ACCESS_KEY_ID: string; AWS_SECRET_ACCESS_KEY: string }
  objects: () => Promise<string[]>
  stop: () => Promise<void>
}

const KEY = 'S3RVER'

export async function startBucket(): Promise<Bucket> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 's3-'))
  const server = new S3rver({
    port: 0,
    address: '127.0.0.1',
    silent: true,
    directory,
    configureBuckets: [{ name: 'cascade', configs: [] }],
  })
  const { port } = await server.run()
  return {
    url: `s3://cascade?endpoint=http://127.0.0.1:${port}`,
    environment: { AWS_ACCESS_KEY_ID: KEY, AWS_SECRET_ACCESS_KEY: KEY },
    objects: async () =>
      (await readdir(path.join(directory, 'cascade'), { recursive: true })).filter(name =>
        name.endsWith('._S3rver_object'),
      ),
    async stop() {
      await server.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
