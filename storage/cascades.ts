import { sql, type Selectable } from 'kysely'
import { z } from 'zod'
import {
  connectionStateSchema,
  successSchema,
  type CascadeChange,
  type ConnectionState,
  type Success,
} from '../contracts/cascade.ts'
import type { AddressKind } from '../contracts/messengers.ts'
import type { Queryable } from './database.ts'
import { prepare, type Value } from './prepare.ts'
import type { Tables } from './schema.ts'

export type Connection = {
  connectionId: number
  messenger: string
  name: string
  state: ConnectionState
  ticked: boolean
  isNew: boolean
  webhookId: string | null
  lastTurn: number
  restingUntil: number | null
  /** How often in a row it went to rest. */
  rests: number
  /** New chats a month that its plan allows; null: as many as wanted. */
  newChatsMax: number | null
  /** New chats that runs have made, in this month: `2026-11`, UTC. */
  newChats: { month: string; count: number } | null
}

export type CascadeMessenger = {
  type: string
  isOn: boolean
  isNew: boolean
  /** null: the installation's default. */
  waitSeconds: number | null
  success: Success
  canWriteFirst: boolean
  newChatBy: AddressKind[]
  connections: Connection[]
}

const newChatBySchema = z.array(z.enum(['phone', 'username']))

const messengersOf = prepare((db, value: Value<{ accountId: number }>) =>
  db.selectFrom('messengers').selectAll().where('account_id', '=', value('accountId')),
)

/** The account's cascade, by priority, with all connections of each messenger. */
export async function readCascade(db: Queryable, accountId: number): Promise<CascadeMessenger[]> {
  const rows = await messengersOf(db, { accountId })
  const messengers = rows.toSorted((a, b) => a.position - b.position)
  const connections = await readConnections(db, accountId)
  return messengers.map(row => ({
    type: row.type,
    isOn: row.is_on === 1,
    isNew: row.is_new === 1,
    waitSeconds: row.wait_seconds,
    success: successSchema.parse(row.success),
    canWriteFirst: row.can_write_first === 1,
    newChatBy: newChatBySchema.parse(JSON.parse(row.new_chat_by)),
    connections: connections.filter(connection => connection.messenger === row.type),
  }))
}

const connectionsOf = prepare((db, value: Value<{ accountId: number }>) =>
  db
    .selectFrom('connections')
    .selectAll()
    .where('account_id', '=', value('accountId'))
    .orderBy('connection_id'),
)

export async function readConnections(db: Queryable, accountId: number): Promise<Connection[]> {
  return (await connectionsOf(db, { accountId })).map(toConnection)
}

/** Saves an admin's change, unless the cascade has changed since the version it was made from. */
export async function saveCascade(
  db: Queryable,
  accountId: number,
  change: CascadeChange,
): Promise<'saved' | 'conflict' | 'unknown_messenger'> {
  const bumped = await db
    .updateTable('accounts')
    .set(expression => ({ cascade_version: expression('cascade_version', '+', 1) }))
    .where('id', '=', accountId)
    .where('cascade_version', '=', change.version)
    .executeTakeFirst()
  if (bumped.numUpdatedRows !== 1n) return 'conflict'
  const known = await readCascade(db, accountId)
  const wanted = new Set(change.messengers.map(messenger => messenger.type))
  const complete = known.every(messenger => wanted.has(messenger.type))
  if (!complete || wanted.size !== known.length || change.messengers.length !== known.length) {
    return 'unknown_messenger'
  }
  for (const [position, messenger] of change.messengers.entries()) {
    const before = known.find(candidate => candidate.type === messenger.type)
    await db
      .updateTable('messengers')
      .set({
        position,
        is_on: messenger.isOn ? 1 : 0,
        is_new: before?.isNew && !messenger.isOn ? 1 : 0,
        wait_seconds: messenger.waitSeconds,
        success: messenger.success,
      })
      .where('account_id', '=', accountId)
      .where('type', '=', messenger.type)
      .execute()
    for (const connection of before?.connections ?? []) {
      const ticked = messenger.tickedConnectionIds.includes(connection.connectionId)
      if (ticked === connection.ticked) continue
      await db
        .updateTable('connections')
        .set({ ticked: ticked ? 1 : 0, is_new: 0 })
        .where('account_id', '=', accountId)
        .where('connection_id', '=', connection.connectionId)
        .execute()
    }
  }
  return 'saved'
}

/** Replaces what Radist says of connections and messengers; what the admin set stays. */
export async function upsertMessenger(
  db: Queryable,
  accountId: number,
  messenger: { type: string; canWriteFirst: boolean; newChatBy: readonly AddressKind[] },
  joins: { position: number; isOn: boolean; isNew: boolean },
): Promise<void> {
  const facts = {
    can_write_first: messenger.canWriteFirst ? 1 : 0,
    new_chat_by: JSON.stringify(messenger.newChatBy),
  }
  await db
    .insertInto('messengers')
    .values({
      account_id: accountId,
      type: messenger.type,
      position: joins.position,
      is_on: joins.isOn ? 1 : 0,
      is_new: joins.isNew ? 1 : 0,
      wait_seconds: null,
      success: 'delivered',
      ...facts,
    })
    .onConflict(conflict => conflict.columns(['account_id', 'type']).doUpdateSet(facts))
    .execute()
}

export async function upsertConnection(
  db: Queryable,
  accountId: number,
  connection: { connectionId: number; messenger: string; name: string; state: ConnectionState },
  joins: { ticked: boolean; isNew: boolean },
): Promise<void> {
  const facts = {
    messenger: connection.messenger,
    name: connection.name,
    state: connection.state,
  }
  // A newcomer takes its turn from now on, without a backlog: it stands behind nobody's past.
  const { turn } = await db
    .selectFrom('connections')
    .select(expression =>
      expression.fn.coalesce(expression.fn.max('last_turn'), expression.lit(0)).as('turn'),
    )
    .where('account_id', '=', accountId)
    .where('messenger', '=', connection.messenger)
    .executeTakeFirstOrThrow()
  await db
    .insertInto('connections')
    .values({
      account_id: accountId,
      connection_id: connection.connectionId,
      ...facts,
      ticked: joins.ticked ? 1 : 0,
      is_new: joins.isNew ? 1 : 0,
      webhook_id: null,
      last_turn: turn,
      resting_until: null,
      rests: 0,
      new_chats_max: null,
      new_chats_month: null,
      new_chats: 0,
    })
    .onConflict(conflict => conflict.columns(['account_id', 'connection_id']).doUpdateSet(facts))
    .execute()
}

export async function setConnection(
  db: Queryable,
  accountId: number,
  connectionId: number,
  change: Partial<
    Pick<
      Tables['connections'],
      'state' | 'webhook_id' | 'resting_until' | 'rests' | 'new_chats_max'
    >
  >,
): Promise<void> {
  await db
    .updateTable('connections')
    .set(change)
    .where('account_id', '=', accountId)
    .where('connection_id', '=', connectionId)
    .execute()
}

const endRest = prepare(
  (db, value: Value<{ accountId: number; connectionId: number; before: number }>) =>
    db
      .updateTable('connections')
      .set(expression => ({ resting_until: expression.lit(null), rests: expression.lit(0) }))
      .where('account_id', '=', value('accountId'))
      .where('connection_id', '=', value('connectionId'))
      .where('rests', '>', sql.lit(0))
      .where('resting_until', '<=', value('before')),
)

/** It can send again: the next rest begins small. @param before only rests that ended by then */
export async function markWell(
  db: Queryable,
  accountId: number,
  connectionId: number,
  before = Number.MAX_SAFE_INTEGER,
): Promise<void> {
  await endRest(db, { accountId, connectionId, before })
}

const setTurn = prepare(
  (db, value: Value<{ accountId: number; connectionId: number; turn: number }>) =>
    db
      .updateTable('connections')
      .set({ last_turn: value('turn') })
      .where('account_id', '=', value('accountId'))
      .where('connection_id', '=', value('connectionId')),
)

/**
 * Counts the pick, so that this connection comes last in its messenger's next round.
 * @param all the account's connections, as they are in this transaction
 */
export async function countTurn(
  db: Queryable,
  accountId: number,
  { connectionId, messenger }: Connection,
  all: readonly Connection[],
): Promise<void> {
  const turns = all.filter(one => one.messenger === messenger).map(one => one.lastTurn)
  await setTurn(db, { accountId, connectionId, turn: Math.max(...turns) + 1 })
}

type NewChats = Pick<Tables['connections'], 'new_chats' | 'new_chats_month'>
const newChatsOf = prepare((db, value: Value<{ accountId: number; connectionId: number }>) =>
  db
    .selectFrom('connections')
    .select(['new_chats', 'new_chats_month'])
    .where('account_id', '=', value('accountId'))
    .where('connection_id', '=', value('connectionId')),
)
const setNewChats = prepare(
  (db, value: Value<NewChats & { accountId: number; connectionId: number }>) =>
    db
      .updateTable('connections')
      .set({ new_chats: value('new_chats'), new_chats_month: value('new_chats_month') })
      .where('account_id', '=', value('accountId'))
      .where('connection_id', '=', value('connectionId')),
)

/** A chat was made over this connection that had not been there. To be called in a transaction. */
export async function countNewChat(
  db: Queryable,
  accountId: number,
  connectionId: number,
  at: number,
): Promise<void> {
  const [before] = await newChatsOf(db, { accountId, connectionId })
  const month = monthOf(at)
  const count = before?.new_chats_month === month ? before.new_chats + 1 : 1
  await setNewChats(db, { accountId, connectionId, new_chats: count, new_chats_month: month })
}

/** How many new chats a connection has had in the month of `now`. */
export function newChatsIn({ newChats }: Pick<Connection, 'newChats'>, now: number): number {
  return newChats?.month === monthOf(now) ? newChats.count : 0
}

/** Which zone Radist counts its months in is not known: UTC. */
function monthOf(at: number): string {
  return new Date(at).toISOString().slice(0, 7)
}

function toConnection(row: Selectable<Tables['connections']>): Connection {
  return {
    connectionId: row.connection_id,
    messenger: row.messenger,
    name: row.name,
    state: connectionStateSchema.parse(row.state),
    ticked: row.ticked === 1,
    isNew: row.is_new === 1,
    webhookId: row.webhook_id,
    lastTurn: row.last_turn,
    restingUntil: row.resting_until,
    rests: row.rests,
    newChatsMax: row.new_chats_max,
    newChats:
      row.new_chats_month === null ? null : { month: row.new_chats_month, count: row.new_chats },
  }
}
