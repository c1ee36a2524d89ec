import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Connections, Files, KommoConnection } from '../../contracts/connections.ts'
import { startInProcess } from '../../e2e/support/in-process.ts'
import { settingsApi } from '../../e2e/support/settings-api.ts'
import { until } from '../../e2e/support/until.ts'
import { ACCOUNT_ID, LONG_LIVED_TOKEN } from '../../emulators/kommo/account.ts'
import { insertFile } from '../../storage/files.ts'

let stack: Awaited<ReturnType<typeof startInProcess>>
let admin: Awaited<ReturnType<typeof settingsApi>>
const json = async <T>(path: string) => (await (await admin(path)).json()) as T
const connections = () => json<Connections>('/connections')

beforeAll(async () => {
  stack = await startInProcess()
  admin = await settingsApi(stack)
})
afterAll(() => stack.stop())

describe('Radist’s key, host and company', () => {
  it('are shown as they are, but for the key', async () => {
    const answer = await admin('/connections')
    const text = await answer.text()
    expect(text).not.toContain(stack.radist.world.apiKey)
    expect(JSON.parse(text)).toMatchObject({
      radist: { state: 'connected', companyId: 501, hasKey: true, connections: 6 },
      webhooks: { subscribed: 6, lookDead: false },
    })
  })

  it('are checked at once; what is wrong is said, and changes nothing', async () => {
    const url = `${stack.radist.url}/v2`
    const wrong: [unknown, number, string][] = [
      [{ url, companyId: 501, key: 'wrong' }, 400, 'radist_key_refused'],
      [{ url, companyId: 999 }, 400, 'radist_company_not_found'],
      [{ url: 'https://evil.example/v2', companyId: 501 }, 400, 'radist_host_not_allowed'],
      [{ url: 'javascript:alert(1)', companyId: 501 }, 400, 'radist_host_not_allowed'],
      // The kept key does not go to a host that it was not given for.
      [{ url: 'https://api-ru.radist.online/v2', companyId: 501 }, 400, 'radist_key_needed'],
      [{ url, companyId: 0 }, 400, 'invalid_request'],
      [{ url, companyId: 501, __proto__x: 1 }, 400, 'invalid_request'],
    ]
    const before = await connections()
    for (const [body, status, code] of wrong) {
      const answer = await admin('/connections/radist', 'PUT', body)
      expect([answer.status, await answer.json()]).toMatchObject([status, { error: { code } }])
    }
    expect(await connections()).toEqual(before)
  })

  it('once they are right begin a sync, whose progress is seen', async () => {
    const seen = new Set<string>()
    const answer = await admin('/connections/radist/sync', 'POST')
    expect(((await answer.json()) as Connections).radist.state).toBe('syncing')
    await until('the sync', async () => {
      const { radist } = await connections()
      if (radist.sync) seen.add(radist.sync.stage)
      return radist.state === 'connected'
    })
    expect(seen.size).toBeGreaterThan(0)
  })
})

describe('Kommo’s connection', () => {
  it('is what Kommo says, and comes back with a new token', async () => {
    const { accounts, database } = stack.services
    await accounts.setKommoToken(database, ACCOUNT_ID, { token: 'revoked', expiresAt: null }, 1)
    expect((await json<KommoConnection>('/connections/kommo')).state).toBe('disconnected')
    const refused = await admin('/connections/kommo', 'PUT', { token: 'also wrong' })
    expect(await refused.json()).toMatchObject({ error: { code: 'kommo_token_refused' } })
    const taken = await admin('/connections/kommo', 'PUT', { token: LONG_LIVED_TOKEN })
    const text = await taken.text()
    expect(JSON.parse(text)).toMatchObject({ state: 'connected' })
    expect(text).not.toContain(LONG_LIVED_TOKEN)
  })

  it('while it does not answer is called that, not disconnected', async () => {
    stack.kommo.outage.isOn = true
    expect((await json<KommoConnection>('/connections/kommo')).state).toBe('unavailable')
    const answer = await admin('/connections/kommo', 'PUT', { token: 'x' })
    expect(answer.status).toBe(503)
    stack.kommo.outage.isOn = false
  })
})

describe('preferences', () => {
  it('lead to contacts by their usernames', async () => {
    const { usernameFields } = await json<KommoConnection>('/connections/kommo')
    const field = usernameFields.find(one => one.name === 'Telegram')
    const answer = await admin('/preferences', 'PUT', {
      usernameFieldId: field?.id,
      writesNote: false,
      retentionDays: 30,
    })
    expect(((await answer.json()) as Connections).preferences).toEqual({
      usernameFieldId: field?.id,
      writesNote: false,
      retentionDays: 30,
    })
    const notes = stack.kommo.account.notes.length
    const run = await stack.runBot({ version: 1, text: 'Hello' }, 2012)
    expect(run.log.some(line => line.text.includes('success'))).toBe(true)
    expect(stack.kommo.account.notes).toHaveLength(notes)
  })

  it('of other kinds are refused', async () => {
    for (const wrong of [
      {},
      { usernameFieldId: null, writesNote: true, retentionDays: 0 },
      { usernameFieldId: null, writesNote: true, retentionDays: 1e9 },
      { usernameFieldId: 'x', writesNote: true, retentionDays: 90 },
    ]) {
      expect((await admin('/preferences', 'PUT', wrong)).status).toBe(400)
    }
  })
})

describe('stored files', () => {
  it('are listed with their last use, and go with their bytes', async () => {
    const id = randomBytes(12).toString('base64url')
    await insertFile(
      stack.services.database,
      {
        id,
        accountId: ACCOUNT_ID,
        name: 'price list.pdf',
        size: 12,
        kind: 'file',
        mimeType: 'application/pdf',
        state: 'ready',
      },
      Date.now(),
    )
    const { files, usedBytes } = await json<Files>('/stored-files')
    expect(files).toMatchObject([{ id, name: 'price list.pdf', lastUsedAt: null, isKept: false }])
    expect(usedBytes).toBe(12)
    expect((await admin(`/stored-files/${id}`, 'DELETE')).status).toBe(204)
    expect((await admin(`/stored-files/${id}`, 'DELETE')).status).toBe(404)
    expect((await json<Files>('/stored-files')).files).toEqual([])
  })
})
