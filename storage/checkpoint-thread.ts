import { DatabaseSync } from 'node:sqlite'
import { workerData } from 'node:worker_threads'
import { z } from 'zod'

const EVERY_MS = 200

const database = new DatabaseSync(z.string().parse(workerData))
// Passive: it never makes a writer wait, and takes what it can get.
const checkpoint = database.prepare('pragma wal_checkpoint(passive)')
setInterval(() => checkpoint.all(), EVERY_MS)
