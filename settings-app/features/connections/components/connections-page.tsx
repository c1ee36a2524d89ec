import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { LoadError } from '../../../components/load-error.tsx'
import { PageSkeleton } from '../../../components/page-skeleton.tsx'
import { connectionsQuery } from '../api/connections.ts'
import { EraseSection } from './erase-section.tsx'
import { FilesSection } from './files-section.tsx'
import { KommoSection } from './kommo-section.tsx'
import { NewChatsSection } from './new-chats-section.tsx'
import { PreferencesSection } from './preferences-section.tsx'
import { RadistSection } from './radist-section.tsx'
import './connections.css'

/** What connects the account, and how runs use it. */
export default function ConnectionsPage() {
  const { t } = useTranslation()
  const connections = useQuery(connectionsQuery)
  const { data } = connections
  return (
    <>
      <header className="page-head">
        <h1>{t('nav.connections')}</h1>
      </header>
      {connections.isPending && <PageSkeleton />}
      {connections.isError && (
        <LoadError error={connections.error} onRetry={() => void connections.refetch()} />
      )}
      {data && (
        <>
          <RadistSection radist={data.radist} webhooks={data.webhooks} />
          <KommoSection />
          <NewChatsSection />
          <PreferencesSection preferences={data.preferences} />
          <FilesSection />
          <EraseSection />
        </>
      )}
    </>
  )
}
