import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { sql } from 'kysely'
import { normalisePhone } from '../integrations/kommo/addresses.ts'
import { findChats, upsertChat } from '../storage/chats.ts'
import { openDatabase, type Database } from '../storage/database.ts'

/**
 * Looking up the chats of a contact, by any form in which a phone may be written or by a username, in an
 * index of a million chats; beside the same in an index of a thousand.
 */
const SMALL = 1000
const LARGE = 1_000_000
const LOOKUPS = 20_000
const BATCH = 10_000
/** As people write them into Kommo. */
const FORMS: readonly ((digits: string) => string)[] = [
  digits => `+34${digits}`,
  digits => `34 ${digits.slice(0, 3)} ${digits.slice(3)}`,
  digits => `0034-${digits}`,
  digits => `${digits.slice(0, 3)} ${digits.slice(3, 5)} ${digits.slice(5, 7)} ${digits.slice(7)}`,
  digits => `(+34) ${digits}`,
]

export type ChatRow = {
  chats: number
  fillSeconds: number
  sizeMb: number
  lookupP50Us: number
  lookupP99Us: number
  found: number
}

export async function chatLookups(): Promise<ChatRow[]> {
  const rows: ChatRow[] = []
  for (const count of [SMALL, LARGE]) rows.push(await measure(count))
  return rows
}

async function measure(count: number): Promise<ChatRow> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'cascade-bench-chats-'))
  const database = await openDatabase(`sqlite:${path.join(folder, 'cascade.db')}`)
  try {
    const startedAt = performance.now()
    for (let from = 0; from < count; from += BATCH) {
      await fill(database, from, Math.min(count, from + BATCH))
    }
    const fillSeconds = (performance.now() - startedAt) / 1000
    const times: number[] = []
    let found = 0
    for (let index = 0; index < LOOKUPS; index++) {
      const contact = (index * 7919) % count
      const form = FORMS[index % FORMS.length] ?? String
      const isByName = index % 4 === 3
      const at = performance.now()
      const phone = isByName ? null : normalisePhone(form(digitsOf(contact)), 'ES')
      const chats = await findChats(database, 1, {
        phones: phone === null ? [] : [phone],
        usernames: isByName ? [`user_${contact}`] : [],
      })
      times.push((performance.now() - at) * 1000)
      if (chats.some(chat => chat.chatId === contact + 1)) found += 1
    }
    const sorted = times.toSorted((a, b) => a - b)
    const share = (part: number) => Math.round(sorted[Math.floor(sorted.length * part)] ?? 0)
    return {
      chats: count,
      fillSeconds: Math.round(fillSeconds * 10) / 10,
      sizeMb: await sizeMb(database),
      lookupP50Us: share(0.5),
      lookupP99Us: share(0.99),
      found: found / LOOKUPS,
    }
  } finally {
    await database.destroy()
    await rm(folder, { recursive: true, force: true })
  }
}

/** What the log holds as well. */
async function sizeMb(database: Database): Promise<number> {
  const { rows } = await sql<{ bytes: number }>`
    select page_count * page_size as bytes from pragma_page_count(), pragma_page_size()
  `.execute(database)
  return Math.round((rows[0]?.bytes ?? 0) / 1024 / 1024)
}

async function fill(database: Database, from: number, to: number): Promise<void> {
  await database.transaction().execute(async db => {
    for (let contact = from; contact < to; contact++) {
      await upsertChat(db, 1, {
        chatId: contact + 1,
        connectionId: (contact % 20) + 1,
        phone: `+34${digitsOf(contact)}`,
        username: `user_${contact}`,
        lastActiveAt: contact,
        lastInboundAt: null,
      })
    }
  })
}

function digitsOf(contact: number): string {
  return String(600_000_000 + contact)
}
