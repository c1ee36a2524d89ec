import pino from 'pino'
import type { TestProject } from 'vitest/node'
import { PostgresServer, runStatement } from '../../e2e/support/postgres.ts'
import { openStorage } from '../storage.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The address of a running PostgreSQL server, which has a database `template` with our tables. */
    postgresUrl: string
  }
}

/** One PostgreSQL server for all tests of a run. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await PostgresServer.start()
  await runStatement(server.url(), 'create database template')
  const log = pino({ level: 'silent' })
  const storage = await openStorage({ url: server.url('template'), dataFolder: '', log })
  await storage.close()
  project.provide('postgresUrl', server.url())
  return () => server.stop()
}
