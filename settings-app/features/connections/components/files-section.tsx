import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { AccountFile } from '../../../../contracts/connections.ts'
import { filesQuery } from '../../../api/get-files.ts'
import { ConfirmDialog } from '../../../components/confirm-dialog.tsx'
import { LoadError } from '../../../components/load-error.tsx'
import { formatBytes, formatDate } from '../../../lib/format.ts'
import { useDeleteFile } from '../api/connections.ts'

const AT_FIRST = 20
const MORE = 100

/** The account's files: what they take, when a run last sent each, and the way to be rid of one. */
export function FilesSection() {
  const { t, i18n } = useTranslation()
  const files = useQuery(filesQuery)
  const [count, setCount] = useState(AT_FIRST)
  const [chosen, setChosen] = useState<AccountFile | null>(null)
  const { data } = files
  return (
    <section className="panel" aria-labelledby="files-title">
      <header className="panel-head">
        <h2 id="files-title">{t('files.title')}</h2>
        {data && (
          <span className="mute">
            {t('files.used', {
              used: formatBytes(data.usedBytes, i18n.language),
              max: formatBytes(data.maxBytes, i18n.language),
            })}
          </span>
        )}
      </header>
      {files.isError && <LoadError error={files.error} onRetry={() => void files.refetch()} />}
      {data?.files.length === 0 && <p className="mute">{t('files.none')}</p>}
      <ul className="files">
        {data?.files.slice(0, count).map(file => (
          <FileLine key={file.id} file={file} onDelete={() => setChosen(file)} />
        ))}
      </ul>
      {data && data.files.length > count && (
        <button type="button" className="button" onClick={() => setCount(count + MORE)}>
          {t('statistics.more', { count: data.files.length - count })}
        </button>
      )}
      <DeleteDialog file={chosen} onClose={() => setChosen(null)} />
    </section>
  )
}

function FileLine({ file, onDelete }: { file: AccountFile; onDelete: () => void }) {
  const { t, i18n } = useTranslation()
  const { language } = i18n
  const used =
    file.lastUsedAt === null
      ? t('files.never_used')
      : t('files.last_used', { date: formatDate(file.lastUsedAt, language) })
  return (
    <li>
      <span aria-hidden="true">{file.kind === 'image' ? '🖼' : '📄'}</span>
      <span className="file-name">
        {file.url ? (
          <a href={file.url} target="_blank" rel="noreferrer" dir="auto">
            {file.name}
          </a>
        ) : (
          <span dir="auto">{file.name}</span>
        )}
        <span className="mute">
          {formatBytes(file.size, language)} ·{' '}
          {t('files.uploaded', { date: formatDate(file.createdAt, language) })} · {used}
          {!file.isKept && ` · ${t('files.not_kept')}`}
          {file.state !== 'ready' && ` · ${t(`files.${file.state}`)}`}
        </span>
      </span>
      <button
        type="button"
        className="link bad"
        aria-label={t('files.delete_named', { name: file.name })}
        onClick={onDelete}
      >
        {t('files.delete')}
      </button>
    </li>
  )
}

function DeleteDialog({ file, onClose }: { file: AccountFile | null; onClose: () => void }) {
  const { t } = useTranslation()
  const remove = useDeleteFile()
  return (
    <ConfirmDialog
      title={t('files.delete_title')}
      isOpen={file !== null}
      confirm={t('files.delete')}
      isDanger
      action={remove}
      onConfirm={() => file && remove.mutate(file.id, { onSuccess: onClose })}
      onClose={onClose}
    >
      <p>{t('files.delete_text', { name: file?.name })}</p>
    </ConfirmDialog>
  )
}
