/** A sheet with the kind of a file on it, or a picture. */
export function FileIcon({ name, isImage }: { name: string; isImage: boolean }) {
  const extension = /\.([A-Za-z0-9]{1,4})$/u.exec(name)?.[1]?.toUpperCase() ?? ''
  return (
    <svg className="file-icon" viewBox="0 0 40 40" width="40" height="40" aria-hidden="true">
      <path
        d="M9 3h15l8 8v24a2 2 0 0 1-2 2H9a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2z M24 3v8h8"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.6"
        strokeLinejoin="round"
      />
      {isImage ? (
        <path d="M12 30l5-7 4 5 3-3 4 5z M25 19a2 2 0 1 1-4 0a2 2 0 0 1 4 0" fill="currentColor" />
      ) : (
        <text
          x="19.5"
          y="29"
          textAnchor="middle"
          fontSize="8.5"
          fontWeight="700"
          fill="currentColor"
        >
          {extension}
        </text>
      )}
    </svg>
  )
}
