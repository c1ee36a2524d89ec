import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { RunListItem } from '../../../../contracts/activity.ts'
import { botsQuery } from '../api/get-bots.ts'

type Named = Pick<
  RunListItem,
  'contactName' | 'contactId' | 'leadName' | 'entity' | 'botId' | 'origin'
>

/** What a run's contact, deal and origin are called. */
export function useRunNames() {
  const { t } = useTranslation()
  const bots = useQuery(botsQuery).data?.bots ?? []
  return {
    contact: ({ contactName, contactId, entity }: Named): string => {
      const id = contactId ?? (entity.type === 'contact' ? entity.id : null)
      if (contactName) return contactName
      return id === null ? t('activity.no_contact') : t('activity.contact', { id })
    },
    deal: ({ leadName, entity }: Named): string | null => {
      if (entity.type !== 'lead') return null
      return leadName || t('activity.deal', { id: entity.id })
    },
    origin: ({ origin, botId }: Named): string => {
      if (origin !== 'bot') return t(`activity.origin_${origin}`)
      if (botId === null) return t('activity.origin_bot')
      return bots.find(bot => bot.id === botId)?.name ?? t('activity.bot', { id: botId })
    },
  }
}
