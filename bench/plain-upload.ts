import { createWriteStream } from 'node:fs'
import { createServer } from 'node:http'
import { pipeline } from 'node:stream/promises'
import path from 'node:path'

/** The baseline of uploads: each body goes into a file, and nothing else happens. */
const folder = process.env['FOLDER'] ?? ''
createServer((request, response) => {
  if (request.url === '/healthz') return response.end('ok')
  const file = path.join(folder, path.basename(request.url ?? ''))
  return pipeline(request, createWriteStream(file)).then(() => response.end())
}).listen(Number(process.env['PORT']), '127.0.0.1')
