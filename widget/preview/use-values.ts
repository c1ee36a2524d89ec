import { useSyncExternalStore } from 'react'
import { findField, type Mask } from '../../contracts/masks.ts'
import type { WidgetDealValues } from '../../contracts/widget-api.ts'
import type { WidgetApi } from '../kommo/host.ts'
import { areFieldsKnown, fieldsOf, type FormData } from '../use-form-data.ts'

/** The deal whose values all previews of the page show; null for sample values. */
class PickedDeal {
  deal: WidgetDealValues | null = null
  private readonly listeners = new Set<() => void>()

  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }
  readonly read = () => this.deal
  readonly pick = (deal: WidgetDealValues | null) => {
    this.deal = deal
    for (const listener of this.listeners) listener()
  }
}
const picked = new WeakMap<WidgetApi, PickedDeal>()

function pickedDealOf(api: WidgetApi): PickedDeal {
  const known = picked.get(api)
  if (known) return known
  const made = new PickedDeal()
  picked.set(api, made)
  return made
}

export type PreviewValues = {
  deal: WidgetDealValues | null
  pick: (deal: WidgetDealValues | null) => void
  /** What a mask becomes: '' where it is empty, undefined where there is no such field. */
  valueOf: (mask: Mask) => string | undefined
}

export function usePreviewValues(api: WidgetApi, data: FormData): PreviewValues {
  const fields = fieldsOf(data)
  const { subscribe, read, pick } = pickedDealOf(api)
  const deal = useSyncExternalStore(subscribe, read)
  return {
    deal,
    pick,
    valueOf: mask => {
      const field = findField(mask, fields)
      // Before the account's fields have come, a field is shown by its name.
      if (!field) return areFieldsKnown(data) ? undefined : `${mask.entity}.${mask.field}`
      return deal
        ? (deal.values[`${field.entity}.${field.code}`] ?? '')
        : (field.sample ?? `${field.entity}.${field.name ?? field.code}`)
    },
  }
}
