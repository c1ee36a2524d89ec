import { mkdtemp, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'

/** Real files: a 2×2 JPEG, an MP4 with its `ftyp` box, a one-page PDF. */
const JPEG =
  '/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAAMCAgICAgMCAgIDAwMDBAYEBAQEBAgGBgUGCQgKCgkICQkKDA8MCgsOCwkJDRENDg8QEBEQCgwSExIQEw8QEBD/wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAACf/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AVN//2Q=='

export async function makeFiles(): Promise<{ jpeg: string; mp4: string; pdf: string }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'cascade-files-'))
  const write = async (name: string, bytes: Buffer) => {
    const file = path.join(folder, name)
    await writeFile(file, bytes)
    return file
  }
  return {
    jpeg: await write('bouquet.jpg', Buffer.from(JPEG, 'base64')),
    mp4: await write('sample.mp4', mp4()),
    pdf: await write('sample.pdf', pdf()),
  }
}

function mp4(): Buffer {
  const ftyp = Buffer.from('0000001c6674797069736f6d0000020069736f6d69736f326d703431', 'hex')
  const mdat = Buffer.alloc(3 * 1024 * 1024, 7)
  mdat.writeUInt32BE(mdat.length, 0)
  mdat.write('mdat', 4)
  return Buffer.concat([ftyp, mdat])
}

function pdf(): Buffer {
  return Buffer.from(
    '%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n' +
      '3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n',
  )
}
