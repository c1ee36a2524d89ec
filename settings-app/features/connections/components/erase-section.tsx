import { useForm } from 'react-hook-form'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useEraseContact } from '../../../api/erase-contact.ts'
import { ConfirmDialog } from '../../../components/confirm-dialog.tsx'
import { TextField } from '../../../components/text-field.tsx'

/** Erases a contact by its number: texts, names and addresses of all its runs. */
export function EraseSection() {
  const { t } = useTranslation()
  const [chosen, setChosen] = useState<number | null>(null)
  const [erased, setErased] = useState<number | null>(null)
  const form = useForm<{ contact: string }>({ defaultValues: { contact: '' } })
  const erase = useEraseContact(runs => {
    setErased(runs)
    setChosen(null)
    form.reset()
  })
  return (
    <section className="panel" aria-labelledby="erase-title">
      <h2 id="erase-title">{t('erase.title')}</h2>
      <p className="mute">{t('erase.text')}</p>
      <form
        className="inline-form"
        noValidate
        onSubmit={event =>
          void form.handleSubmit(({ contact }) => {
            setErased(null)
            setChosen(contactIdOf(contact))
          })(event)
        }
      >
        <TextField
          label={t('erase.contact')}
          hint={t('erase.contact_hint')}
          error={form.formState.errors.contact?.message}
          {...form.register('contact', {
            validate: value => contactIdOf(value) !== null || t('erase.contact_wrong'),
          })}
        />
        <button type="submit" className="button danger">
          {t('erase.button')}
        </button>
      </form>
      <div role="status">
        {erased !== null && <p className="notice ok">{t('erase.done', { count: erased })}</p>}
      </div>
      <ConfirmDialog
        title={t('erase.title')}
        isOpen={chosen !== null}
        confirm={t('erase.confirm')}
        isDanger
        action={erase}
        onConfirm={() => chosen !== null && erase.mutate(chosen)}
        onClose={() => setChosen(null)}
      >
        <p>{t('erase.sure', { id: chosen })}</p>
      </ConfirmDialog>
    </section>
  )
}

/** A number, or a link to the contact in Kommo. */
function contactIdOf(written: string): number | null {
  const id = /(?:^|\/contacts\/detail\/|#)(\d{1,15})\/?$/u.exec(written.trim())?.[1]
  return id === undefined || Number(id) === 0 ? null : Number(id)
}
