import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { addAccount } from '../../api/demo/processes.ts'

const newFolder = () => mkdtempSync(path.join(os.tmpdir(), 'cascade-'))
const ELSEWHERE = 'http://localhost:1'
let registered: string | null = null

/** @returns a new data folder that knows the emulated account; the command that registers it runs once alone */
export function registeredFolder(): string {
  registered ??= register()
  const folder = newFolder()
  cpSync(registered, folder, { recursive: true })
  return folder
}

function register(): string {
  const dataFolder = newFolder()
  process.once('exit', () => rmSync(dataFolder, { recursive: true, force: true }))
  addAccount(
    { port: 0, kommoPort: 0, radistPort: 0, dataFolder, environment: {} },
    { kommoUrl: ELSEWHERE, radistUrl: ELSEWHERE },
  )
  return dataFolder
}
